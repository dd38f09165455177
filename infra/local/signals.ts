/** Ctrl-C sends a signal from the terminal and another from npm. Signals within this time (ms) count as one. */
const SAME_SIGNAL = 500;

/** Returns the handler of end signals. The first signal calls `stop`, a later one `exitNow`, which does not wait for running work. */
export function onSignals(now: () => number, stop: () => void, exitNow: () => void): () => void {
  let first: number | undefined;
  return () => {
    if (first === undefined) {
      first = now();
      stop();
    } else if (now() - first > SAME_SIGNAL) exitNow();
  };
}
