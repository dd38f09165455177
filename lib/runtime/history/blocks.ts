/** Writes records as blocks, and finds those that no worker holds. */
import { defined } from '../../defined.ts';
import type { Head } from '../../engine/head.ts';
import type { HistoryRecord } from '../../engine/history/records.ts';
import { readStubs, type Stub } from '../../engine/history/stubs.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { describeFault } from '../../errors/errors.ts';
import type { Graph } from '../../flow/graph/graph.ts';
import type { Json } from '../../flow/json.ts';
import { BLOCK_SPAN, type HistoryBlock } from '../../ports/history-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Owner } from '../../ports/value-store.ts';
import { hasOwnValue, isOfClient, isOutside, isSaid, revive } from './revive.ts';
import { summaryOf } from './summary.ts';
import type { Storable } from './values.ts';

/** Bytes of records in one block. */
export const BLOCK_BYTES = 64 * 1024;
/** A worker stores what it holds within this time (ms); after it the record is lost. */
export const HELD_AT_MOST = 15_000;
/** The same for clients, and for a worker that holds no lease any more: they store records right after the commit. */
const STORED_WITHIN = 2_000;
/** Blocks read at once. */
export const BLOCKS = 20;

/** @param id tells the writer apart from others */
export async function putBlocks(
  ports: Ports,
  owner: Owner,
  id: string,
  records: readonly HistoryRecord[],
): Promise<void> {
  for (const block of split(records)) await ports.history.put(owner, { ...block, id });
}

/**
 * Stores the records of a client's commit, if only the client knows all about one of them: a call, or an answer with its value.
 * When this fails, stubs remain, which say neither who made the calls nor what was answered.
 */
export async function storeCalls(ports: Ports, head: Head, { records, values }: Storable): Promise<void> {
  const isOwn = ({ type, action, value }: HistoryRecord) =>
    isOfClient({ type, ...defined({ who: action }) }) || (value !== undefined && hasOwnValue({ type }, head));
  if (!records.some(isOwn)) return;
  try {
    if (values.size > 0) await ports.values.put(ownerOf(head), values);
    // No worker makes the others either, such as of the list that an answer opens.
    await putBlocks(ports, ownerOf(head), ports.entropy.id(), records);
  } catch (error) {
    ports.log.warn('history not stored', { executionId: head.id, ...describeFault(error) });
  }
}

function split(records: readonly HistoryRecord[]): readonly Omit<HistoryBlock, 'id'>[] {
  const groups: (readonly HistoryRecord[])[] = [];
  const left = records.toSorted((a, b) => a.seq - b.seq);
  for (let at = 0; at < left.length; at += groups.at(-1)?.length ?? 0) groups.push(firstGroup(left, at));
  return groups.map((group) => ({ first: group[0]?.seq ?? 0, summary: summaryOf(group), records: group }));
}

/** The records of the next block: as many as its span and its bytes allow, at least one. */
function firstGroup(records: readonly HistoryRecord[], from: number): readonly HistoryRecord[] {
  const { seq = 0 } = records[from] ?? {};
  const beyond = records.findIndex((record, i) => i > from && record.seq >= seq + BLOCK_SPAN);
  const inSpan = records.slice(from, beyond < 0 ? undefined : beyond);
  // Most records are short, and one text of all takes less time than a text of each.
  if (!inSpan.some(hasValues) && bytesOf(inSpan) <= BLOCK_BYTES) return inSpan;
  let room = BLOCK_BYTES;
  const over = inSpan.findIndex((record, i) => {
    const bytes = bytesOf(record);
    if (i > 0 && bytes > room) return true;
    room -= bytes;
    return false;
  });
  return over < 0 ? inSpan : inSpan.slice(0, over);
}

function hasValues({ input, output, value, changes }: HistoryRecord): boolean {
  return (input ?? output ?? value ?? changes) !== undefined;
}

/** True when no worker will store the record of the stub: it is all that there is. */
export function isFinal(stub: Stub, head: Head, now: number): boolean {
  if (isSaid(stub, head)) return true;
  const isHeld = head.leases.some(({ until }) => until > now);
  if (isOutside(stub) && !isHeld && !hasOwnValue(stub, head)) return true;
  return now - stub.at > (isHeld ? HELD_AT_MOST : STORED_WITHIN);
}

interface Asking {
  /** Whether the asking session has this record. */
  readonly isHeld: (seq: number) => boolean;
  /** The asking session has the first lease of the execution: besides clients nobody has stored anything. */
  readonly isFirst: boolean;
}

/**
 * What is known about the stubs in a head that the caller does not hold. `records`: those that nobody else will store,
 * of clients or in the head longer than a worker holds them. `stored`: the `seq` of those that are in a block.
 */
export async function leftIn(
  ports: Ports,
  graph: Graph | undefined,
  head: Head,
  { isHeld, isFirst }: Asking,
): Promise<{ readonly records: readonly HistoryRecord[]; readonly stored: readonly number[] }> {
  const now = ports.clock.now();
  const stubs = readStubs(graph, head.history);
  const [first] = stubs;
  const others = stubs.filter(({ seq }) => !isHeld(seq));
  if (!first || others.length === 0) return { records: [], stored: [] };
  const isOld = (stub: Stub) => now - stub.at > HELD_AT_MOST;
  const isStoredByClient = (stub: Stub) => isOfClient(stub) || hasOwnValue(stub, head);
  const reads = !isFirst || others.some((stub) => isStoredByClient(stub) && isOld(stub));
  const stored = reads ? await storedFrom(ports, ownerOf(head), first.seq) : new Set<number>();
  // A client's commit opened the list or sub-flow. In a long execution such stubs leave the head before they are old.
  const isOpenedByClient = (stub: Stub) => isFirst && stub.changes === undefined && !isStoredByClient(stub);
  const isLeft = (stub: Stub) =>
    (isOutside(stub) && !hasOwnValue(stub, head)) || isOpenedByClient(stub) || (reads && isOld(stub));
  return {
    records: others.filter((stub) => !stored.has(stub.seq) && isLeft(stub)).map((stub) => revive(stub, head, graph)),
    stored: others.map(({ seq }) => seq).filter((seq) => stored.has(seq)),
  };
}

export function ownerOf({ id, inc }: Head): Owner {
  return { executionId: id, inc };
}

/**
 * @param seq the first stub in the head. The stubs of a block leave the head together, so a block with one of those
 * that are there begins at this one or later.
 */
async function storedFrom(ports: Ports, owner: Owner, seq: number): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  for (let after = { first: seq - 1, id: '~' }; ; ) {
    const blocks = await ports.history.read(owner, after, BLOCKS);
    for (const { records } of blocks) for (const record of records) found.add(record.seq);
    const last = blocks.at(-1);
    if (!last || blocks.length < BLOCKS) return found;
    after = last;
  }
}

/** The size of what a record says, roughly: its values. */
export function sizeOf({ input, output, value, changes }: HistoryRecord): number {
  return (
    100 +
    [input, output, value, changes].reduce(
      (sum, each) => sum + (each ? JSON.stringify(each as unknown as Json).length : 0),
      0,
    )
  );
}
