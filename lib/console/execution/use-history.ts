/** The history of an execution, read again while it may change. */
import { useEffect, useRef, useState } from 'react';
import { isMissing } from '../api/call.ts';
import type { View } from '../api/history.ts';
import { createReader, type History } from '../api/history-reader.ts';
import { useLive } from '../api/live.ts';
import { pauseOf } from './reading.ts';

export type { History };

const EMPTY: History = { items: [] };

export function useHistory(id: string, view: View | undefined): History {
  const [history, setHistory] = useState<History>(EMPTY);
  const live = useLive();
  const pause = view ? pauseOf(view) : 1_000;
  const latest = useRef(pause);
  latest.current = pause;
  const wake = useRef<() => void>(undefined);
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    const reader = createReader(id, { signal, onPart: setHistory });
    let timer: number | undefined;
    let busy = false;
    const again = (ms: number) => {
      window.clearTimeout(timer);
      if (!signal.aborted) timer = window.setTimeout(turn, ms);
    };
    const turn = () => {
      if (busy) return;
      busy = true;
      reader.read().then(
        (next) => {
          busy = false;
          if (signal.aborted) return;
          setHistory(next);
          if (live) again(latest.current);
        },
        (error: unknown) => {
          if (signal.aborted) return;
          // It stays busy: a stage without history is not asked again.
          if (isMissing(error)) return setHistory({ items: [], isMissing: true });
          busy = false;
          again(3_000);
        },
      );
    };
    wake.current = turn;
    turn();
    return () => {
      ended.abort();
      window.clearTimeout(timer);
    };
  }, [id, live]);
  // Another pace means that something has happened.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the pace is what it waits for
  useEffect(() => wake.current?.(), [pause]);
  return history;
}
