/** Milliseconds. A Ctrl-C comes from the terminal and then from npm, too: what comes this soon is the same one. */
const SAME_SIGNAL = 500;

/** What to call at each signal to end: the first one stops, a second one does not wait for work under way. */
export function onSignals(now: () => number, stop: () => void, cut: () => void): () => void {
  let first: number | undefined;
  return () => {
    if (first === undefined) {
      first = now();
      stop();
    } else if (now() - first > SAME_SIGNAL) cut();
  };
}
