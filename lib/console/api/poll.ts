/** Values that are read again and again while a component shows them. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { Unreachable } from './call.ts';
import { onRetry } from './connection.ts';
import { useLive } from './live.ts';
import { pauseAfter } from './pause.ts';

export interface Polled<T> {
  /** The newest value; it stays while the connection is lost. */
  readonly value: T | undefined;
  readonly error: Error | undefined;
  readonly refresh: () => void;
}

/** Milliseconds between tries without a connection. */
const RETRY = 3_000;

/**
 * Reads a value, and again after `every` milliseconds, more rarely while it stays the same. `key` names what is read: with
 * another key it starts anew.
 * @param every `undefined`: once; a function says how long this value may be shown
 */
export function usePoll<T>(
  key: string | undefined,
  read: (signal: AbortSignal) => Promise<T>,
  every: number | undefined | ((value: T) => number | undefined),
): Polled<T> {
  const [state, setState] = useState<{ readonly key?: string | undefined; readonly value?: T; readonly error?: Error }>(
    {},
  );
  const wake = useRef<() => void>(undefined);
  const latest = useRef({ read, every });
  latest.current = { read, every };
  const live = useLive();
  useEffect(() => {
    if (key === undefined) return undefined;
    const ended = new AbortController();
    let timer: number | undefined;
    const again = (ms: number | undefined) => {
      window.clearTimeout(timer);
      if (ms !== undefined && !ended.signal.aborted) timer = window.setTimeout(turn, ms);
    };
    let busy = false;
    let shown: T | undefined;
    let unchanged = 0;
    const turn = () => {
      if (busy) return;
      busy = true;
      latest.current.read(ended.signal).then(
        (value) => {
          busy = false;
          if (ended.signal.aborted) return;
          unchanged = same(shown, value) ? unchanged + 1 : 0;
          shown = value;
          setState((before) => (before.key === key && same(before.value, value) ? before : { key, value }));
          const { every: pause } = latest.current;
          const isFixed = typeof pause !== 'function';
          const next = isFixed ? pause : pause(value);
          again(live && next !== undefined ? pauseAfter(next, isFixed ? unchanged : 0, document.hidden) : undefined);
        },
        (error: Error) => {
          busy = false;
          if (ended.signal.aborted) return;
          if (!(error instanceof Unreachable)) setState({ key, error });
          again(error instanceof Unreachable || live ? RETRY : undefined);
        },
      );
    };
    wake.current = () => {
      unchanged = 0;
      turn();
    };
    const forget = onRetry(turn);
    turn();
    return () => {
      forget();
      ended.abort();
      window.clearTimeout(timer);
    };
  }, [key, live]);
  const refresh = useCallback(() => wake.current?.(), []);
  const current = state.key === key ? state : {};
  return { value: current.value, error: current.error, refresh };
}

function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
