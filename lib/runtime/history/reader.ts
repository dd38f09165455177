/** Reads histories page by page, and their summaries. */
import { defined } from '../../defined.ts';
import type { Head } from '../../engine/head.ts';
import type { HistoryRecord } from '../../engine/history/records.ts';
import { seqsOf } from '../../engine/history/stubs.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import { findFlow, loadReadable } from '../app/definitions.ts';
import type { Client } from '../client/types.ts';
import { BLOCKS, ownerOf } from './blocks.ts';
import { type Reading, recordsAfter } from './records-after.ts';
import { summaryView, toItem } from './show.ts';
import { emptySummary, merge, summarize } from './summary.ts';
import { refsOfRecord } from './values.ts';

const PAGE = 100;
/** Pause before an unfinished history is read again (ms). */
const PAUSE = 500;
/** Most records that one page looks through for those of a chunk. */
const LOOKED_THROUGH = 2_000;
/** Most bytes of stored values on one page; further ones are only named. */
const VALUE_BYTES = 2 ** 20;

export type HistoryReader = Pick<Client, 'history' | 'readHistory' | 'historySummary'>;

export function readingOf(app: App, ports: Ports): Reading {
  return { ports, graphOf: (head) => findFlow(app, head)?.graph };
}

export function createHistoryReader(app: App, ports: Ports): HistoryReader {
  const reading = readingOf(app, ports);

  const load = async (head: Head, records: readonly HistoryRecord[]): Promise<ReadonlyMap<string, Json>> => {
    const refs = new Set(records.flatMap(refsOfRecord));
    const loaded = new Map<string, Json>();
    let room = VALUE_BYTES;
    for (const ref of refs) {
      if (room < 0) break;
      for (const [key, value] of await ports.values.get(ownerOf(head), [ref])) {
        loaded.set(key, value);
        room -= JSON.stringify(value).length;
      }
    }
    return loaded;
  };

  const readHistory: HistoryReader['readHistory'] = async (executionId, { after = 0, limit = PAGE, chunk }) => {
    // The head is read first: what leaves it after that is in a block.
    const head = (await loadReadable(ports, executionId))?.head;
    if (!head) return undefined;
    const isWanted = (record: HistoryRecord) => chunk === undefined || record.chunk === chunk;
    const wanted: HistoryRecord[] = [];
    let cursor = after;
    for (let looked = 0; wanted.length < limit && looked < LOOKED_THROUGH; ) {
      const { records, through } = await recordsAfter(reading, head, cursor, limit);
      const taken = records.filter(isWanted).slice(0, limit - wanted.length);
      wanted.push(...taken);
      const last = taken.at(-1);
      cursor = wanted.length === limit && last ? last.seq : Math.max(cursor, through);
      looked += records.length;
      if (records.length === 0) break;
    }
    const loaded = await load(head, wanted);
    const isAll = cursor >= (head.history?.n ?? 0);
    return {
      items: wanted.map((record) => toItem(record, loaded)),
      cursor,
      ended: isAll && head.lifecycle === 'closed',
    };
  };

  return {
    async *history(executionId, { follow = false, after = 0, chunk } = {}) {
      for (let cursor = after; ; ) {
        const page = await readHistory(executionId, { after: cursor, ...defined({ chunk }) });
        if (!page) throw new FlowError('unknown_execution', `No execution has the id ${executionId}.`);
        yield* page.items;
        if (page.ended || (page.cursor === cursor && !follow)) return;
        if (page.cursor === cursor) await ports.clock.sleep(PAUSE);
        cursor = page.cursor;
      }
    },
    readHistory,

    async historySummary(executionId) {
      const head = (await loadReadable(ports, executionId))?.head;
      if (!head) return undefined;
      const summary = emptySummary();
      const owner = ownerOf(head);
      for (let at = { first: 0, id: '' }; ; ) {
        const blocks = await ports.history.summaries(owner, at, BLOCKS);
        for (const block of blocks) {
          if (block.summary !== null) merge(summary, block.summary);
          else {
            const same = await ports.history.read(owner, { first: block.first, id: '' }, BLOCKS);
            summarize(same.find(({ id }) => id === block.id)?.records ?? [], summary);
          }
        }
        const last = blocks.at(-1);
        if (!last || blocks.length < BLOCKS) break;
        at = last;
      }
      const n = head.history?.n ?? 0;
      const [first = n + 1] = seqsOf(head.history);
      const { revived, through } = await recordsAfter(reading, head, first - 1, Infinity);
      summarize(revived, summary);
      return summaryView(summary, through, through >= n && head.lifecycle === 'closed');
    },
  };
}
