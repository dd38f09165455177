/** Reads records of a history: from the blocks of workers, and from the stubs in the head what is in no block. */
import type { Head } from '../../engine/head.ts';
import type { HistoryRecord } from '../../engine/history/records.ts';
import { readStubs } from '../../engine/history/stubs.ts';
import type { Graph } from '../../flow/graph/graph.ts';
import { BLOCK_SPAN } from '../../ports/history-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { BLOCKS, isFinal, ownerOf } from './blocks.ts';
import { revive } from './revive.ts';

export interface Reading {
  readonly ports: Pick<Ports, 'clock' | 'history'>;
  /** Absent: this process does not know the definition. */
  readonly graphOf: (head: Head) => Graph | undefined;
}

export interface Found {
  readonly records: readonly HistoryRecord[];
  /** `seq` up to which nothing more will come. */
  readonly through: number;
  /** Those of the records that are in no block. */
  readonly revived: readonly HistoryRecord[];
}

/** The records after a position, at least `count` if there are so many. */
export async function recordsAfter(
  { ports, graphOf }: Reading,
  head: Head,
  after: number,
  count: number,
): Promise<Found> {
  const n = head.history?.n ?? 0;
  const found = new Map<number, HistoryRecord>();
  let complete = 0;
  // A block may reach far beyond the beginning of the next one, so what it holds is not yet all that there is.
  const isEnough = () => found.size >= count && [...found.keys()].filter((seq) => seq <= complete).length >= count;
  for (let at = { first: Math.max(0, after - BLOCK_SPAN), id: '~' }; complete < n && !isEnough(); ) {
    const blocks = await ports.history.read(ownerOf(head), at, BLOCKS);
    for (const record of blocks.flatMap(({ records }) => records))
      if (record.seq > after && record.seq <= n) found.set(record.seq, better(found.get(record.seq), record));
    const last = blocks.at(-1);
    // Later blocks may hold what is between the records of this one.
    complete = last && blocks.length === BLOCKS ? last.first : n;
    at = last ?? at;
  }
  const stubs = new Map(readStubs(graphOf(head), head.history).map((stub) => [stub.seq, stub]));
  const records: HistoryRecord[] = [];
  const revived: HistoryRecord[] = [];
  const end = Math.min(complete, n);
  for (let seq = after + 1; seq <= end; seq += 1) {
    const stub = stubs.get(seq);
    const stored = found.get(seq);
    if (stored) records.push(stored);
    if (stored || !stub) continue;
    // A worker will store it.
    if (!isFinal(stub, head, ports.clock.now())) return { records, through: seq - 1, revived };
    const record = revive(stub, head, graphOf(head));
    records.push(record);
    revived.push(record);
  }
  return { records, through: end, revived };
}

/** The record at a position. */
export async function recordAt(reading: Reading, head: Head, seq: number): Promise<HistoryRecord | undefined> {
  const { records } = await recordsAfter(reading, head, seq - 1, 1);
  return records.find((record) => record.seq === seq);
}

/** Of two records of one event, the one that knows more. */
function better(one: HistoryRecord | undefined, other: HistoryRecord): HistoryRecord {
  if (!one || (one.lost && !other.lost)) return other;
  return other.lost || JSON.stringify(one).length >= JSON.stringify(other).length ? one : other;
}
