/** The history of an execution: all records of a short one, the summary and the newest records of a long one. */
import { useEffect, useRef, useState } from 'react';
import { call, isMissing } from '../api/call.ts';
import type { HistoryPage, HistorySummary, Item, View } from '../api/history.ts';
import { useLive } from '../api/live.ts';
import { executionPath } from '../api/paths.ts';
import { pauseOf } from './reading.ts';

export interface History {
  readonly items: readonly Item[];
  /** Counts by node, where not all records are here. */
  readonly summary?: HistorySummary;
  /** True: the API of this stage has no history. */
  readonly isMissing?: boolean;
  /** True once all records of now are here. */
  readonly isRead?: boolean;
}

/** Records that are all read. */
const MOST = 1_500;
/** Records of a long history that are read from its beginning. */
const FIRST = 300;
const PAGE = 100;
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
    const reader = createReader(id, signal);
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

function createReader(id: string, signal: AbortSignal) {
  const path = `${executionPath(id)}/history`;
  let items: readonly Item[] = [];
  let cursor: string | undefined;
  let summary: HistorySummary | undefined;
  let shown: History = EMPTY;
  const page = (after: string | undefined) => {
    const query = new URLSearchParams({ limit: String(PAGE), ...(after === undefined ? {} : { after }) });
    return call<HistoryPage>('GET', `${path}?${query}`, { signal });
  };
  const readOn = async () => {
    for (;;) {
      const { items: more, cursor: next } = await page(cursor);
      const isLast = more.length < PAGE || next === cursor;
      cursor = next;
      if (more.length > 0) items = [...items, ...more];
      if (isLast) return;
      // The rest of a long history is counted by its summary.
      if (!summary && items.length >= FIRST && (await isLong())) return;
    }
  };
  const isLong = async () => {
    const found = await call<HistorySummary>('GET', `${path}/summary`, { signal });
    if (found.records <= MOST) return false;
    summary = found;
    cursor = found.cursor;
    return true;
  };
  return {
    async read(): Promise<History> {
      const before = items.length;
      await readOn();
      const isSame = items.length === before && shown.isRead;
      if (isSame) return shown;
      if (summary) summary = await call<HistorySummary>('GET', `${path}/summary`, { signal });
      shown = { items, isRead: true, ...(summary ? { summary } : {}) };
      return shown;
    },
  };
}
