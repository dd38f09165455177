/** Reads a history: all records of a short one; the first and the newest records and the summary of a long one. */
import { call } from './call.ts';
import type { HistoryPage, HistorySummary, Item } from './history.ts';
import { executionPath } from './paths.ts';

export interface History {
  readonly items: readonly Item[];
  /** Counts by node, where not all records are here. */
  readonly summary?: HistorySummary;
  /** True: the API of this stage has no history. */
  readonly isMissing?: boolean;
  /** True once all records of now are here. */
  readonly isRead?: boolean;
}

/** Records that are all read and kept. */
export const MOST = 5_000;
/** Records of a long history that are kept from its beginning, and from its end. */
export const FIRST = 300;
export const NEWEST = 1_000;
const PAGE = 100;
/** Pages after which what was read is shown, and the length of the history is asked for again. */
const PART = 10;
/** Pages of one read. Where records come faster than they are read, the next read goes on. */
const MOST_PAGES = 60;

export interface Reader {
  /** Resolves to the same object while nothing is new. */
  read(): Promise<History>;
}

/** @param onPart called with what was read so far, while a first read takes long */
export function createReader(
  id: string,
  { signal, onPart }: { readonly signal: AbortSignal; readonly onPart: (history: History) => void },
): Reader {
  const path = `${executionPath(id)}/history`;
  const get = <T>(where: string) => call<T>('GET', where, { signal });
  let items: readonly Item[] = [];
  let cursor = '0';
  let summary: HistorySummary | undefined;
  let shown: History = { items: [] };
  const made = (isRead: boolean): History => ({
    items,
    ...(isRead ? { isRead } : {}),
    ...(summary ? { summary } : {}),
  });
  const add = (more: Item[]) => {
    if (more.length > 0) items = [...items, ...more.splice(0)];
  };
  const summarise = () => get<HistorySummary>(`${path}/summary`);
  /** Records between the first and the newest are not read: the summary counts them. */
  const skip = async () => {
    const found = await summarise();
    if (!summary && found.records <= MOST) return;
    summary = found;
    const from = Number(found.cursor) - NEWEST;
    if (from <= Number(cursor)) return;
    cursor = String(from);
    items = items.slice(0, FIRST);
  };
  const readOn = async () => {
    const more: Item[] = [];
    for (let pages = 1; pages <= MOST_PAGES; pages++) {
      const page = await get<HistoryPage>(`${path}?limit=${PAGE}&after=${cursor}`);
      const isLast = page.items.length < PAGE || page.cursor === cursor;
      cursor = page.cursor;
      more.push(...page.items);
      if (isLast) break;
      if (pages * PAGE !== FIRST && pages % PART !== 0) continue;
      add(more);
      await skip();
      onPart(made(false));
    }
    add(more);
  };
  return {
    async read() {
      const before = cursor;
      await readOn();
      if (cursor === before && shown.isRead) return shown;
      const isTooLong = items.length > MOST;
      if (summary || isTooLong) summary = await summarise();
      if (isTooLong) items = [...items.slice(0, FIRST), ...items.slice(-NEWEST)];
      shown = made(true);
      return shown;
    },
  };
}
