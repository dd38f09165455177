/** The records of one session: held in memory, stored in blocks. A failure to store them never stops the session. */
import type { FlowEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import type { HistoryRecord } from '../../engine/history/records.ts';
import { hasChanges, readStubs, type Stub, seqsOf } from '../../engine/history/stubs.ts';
import { describeFault } from '../../errors/errors.ts';
import type { Graph } from '../../flow/graph/graph.ts';
import type { Json } from '../../flow/json.ts';
import type { Ports } from '../../ports/ports.ts';
import { BLOCK_BYTES, HELD_AT_MOST, leftIn, ownerOf, putBlocks, sizeOf } from './blocks.ts';
import { isOfClient, isOutside } from './revive.ts';
import { StoredRecords } from './stored-records.ts';
import type { Storable } from './values.ts';

/** Records are stored when they are this old (ms). */
const STORE_EVERY = 5_000;
/** Records are stored when their stubs in the head have this many characters: more would cost each commit a write unit. */
const STUBS_AT_MOST = { full: 560, times: 740 } as const;
/**
 * A session looks for the records of earlier sessions when the stubs in the head have this many characters. It reads
 * the newest blocks for that, so only one of many sessions of a loop through the queue reads any.
 */
const LOOKS_FROM = 300;
/** Bytes of records that are held while the store fails. */
const HELD_BYTES = 4 * 2 ** 20;

export interface HistoryOptions {
  readonly ports: Ports;
  readonly graph: Graph;
  /** Id of the session. */
  readonly id: string;
}

export class HistoryBuffer {
  /** Of commits of this session, until it takes them. */
  readonly committed = new StoredRecords();
  readonly #options: HistoryOptions;
  #held: HistoryRecord[] = [];
  /** Records that are being stored. After a failure the same ones are sent again: a stored block never changes. */
  #sent: HistoryRecord[] = [];
  /** `seq` of both. */
  #own = new Set<number>();
  /** Values that the records refer to. */
  #values = new Map<string, Json>();
  #bytes = 0;
  #since = Infinity;
  /** The record in the head up to which it holds or has stored all that have stubs. */
  #known = 0;
  /** When it last looked for records of other sessions. */
  #looked = -Infinity;
  /** It had the first lease of the execution. */
  #hadFirst = false;
  /** Stored, and the head may still have their stubs. */
  #stored = new Set<number>();
  /** Records of clients whose changes a commit of this session has made up for. */
  #covered: readonly number[] = [];
  /** Changes of a vanished session are lost. */
  #isLost = false;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Takes the records of a commit, and stores all if it is time to. */
  async take({ records, values }: Storable, head: Head): Promise<void> {
    const now = this.#options.ports.clock.now();
    if (records.length > 0) this.#since = Math.min(this.#since, now);
    for (const record of records) this.#bytes += sizeOf(record);
    for (const [ref, value] of values) this.#values.set(ref, value);
    this.#hold(records);
    this.#covered = this.#changedOutside(head);
    this.#isLost = false;
    if (this.#stored.size > 0) {
      const inHead = new Set(seqsOf(head.history));
      for (const seq of this.#stored) if (!inHead.has(seq)) this.#stored.delete(seq);
    }
    if (this.#mustLook(head, records)) await this.#look(head);
    const isDue = this.#bytes >= BLOCK_BYTES || now - this.#since >= STORE_EVERY;
    const most = STUBS_AT_MOST[head.options.history === 'times' ? 'times' : 'full'];
    if (isDue || (head.history?.stubs?.length ?? 0) > most) await this.store(head);
  }

  /**
   * The event by which the next commit removes the stubs of stored records. Nobody stores the values of a client's
   * records, so the commit makes up for their changes.
   */
  events(head: Head): readonly FlowEvent[] {
    const isLost = this.#isLost || this.#changedOutside(head).some((seq) => !this.#covered.includes(seq));
    if (this.#stored.size === 0 && !isLost) return [];
    return [{ type: 'recorded', seqs: [...this.#stored], ...(isLost ? { isLost } : {}) }];
  }

  /** Stores what is held; what is left of a deleted execution has no history. */
  async store(head: Head): Promise<void> {
    const { ports, id } = this.#options;
    if (head.gone) return;
    try {
      if (this.#values.size > 0) await ports.values.put(ownerOf(head), this.#values);
      while (this.#sent.length + this.#held.length > 0) {
        if (this.#sent.length === 0) this.#sent = this.#held.splice(0);
        await putBlocks(ports, ownerOf(head), id, this.#sent);
        for (const { seq } of this.#sent.splice(0)) {
          this.#stored.add(seq);
          this.#own.delete(seq);
        }
      }
      this.#forget();
    } catch (error) {
      ports.log.warn('history not stored', { executionId: head.id, ...describeFault(error) });
      if (this.#bytes <= HELD_BYTES) return;
      this.#forget();
      this.#known = 0;
      this.#isLost = true;
    }
  }

  /**
   * The stubs of earlier sessions stay in the head while they are few. Those of a vanished session are looked at at
   * once, because the head knows now what they lack.
   */
  #mustLook(head: Head, records: readonly HistoryRecord[]): boolean {
    if (this.#knowsAll(head, records)) return false;
    if (this.#isFirst(head) || records.some(({ type }) => type === 'attempt_vanished')) return true;
    const { length = 0 } = head.history?.stubs ?? '';
    // Only a further commit of this session can remove what it finds.
    const goesOn = head.leases.some(({ session }) => session === this.#options.id);
    return goesOn && length > LOOKS_FROM && this.#options.ports.clock.now() - this.#looked >= HELD_AT_MOST;
  }

  /** Whether it holds or has stored all records with stubs. Most commits add only its own to those that it knows. */
  #knowsAll({ history }: Head, records: readonly HistoryRecord[]): boolean {
    const { n = 0 } = history ?? {};
    const addsOwn = records.length === n - this.#known && (records[0]?.seq ?? n + 1) === this.#known + 1;
    const knows = addsOwn || seqsOf(history).every((seq) => this.#own.has(seq) || this.#stored.has(seq));
    this.#known = knows ? n : 0;
    return knows;
  }

  /** Finds which records of earlier sessions are stored, and takes over those that nobody else will store. */
  async #look(head: Head): Promise<void> {
    const { ports, graph } = this.#options;
    this.#looked = ports.clock.now();
    try {
      const isHeld = (seq: number) => this.#own.has(seq) || this.#stored.has(seq);
      const left = await leftIn(ports, graph, head, { isHeld, isFirst: this.#isFirst(head) });
      for (const seq of left.stored) this.#stored.add(seq);
      const changed = new Set(changedIn(head).map(({ seq }) => seq));
      this.#isLost = left.records.some(({ seq }) => changed.has(seq) && !this.#covered.includes(seq));
      this.#hold(left.records);
      for (const record of left.records) this.#bytes += sizeOf(record);
    } catch (error) {
      ports.log.warn('history not read', { executionId: head.id, ...describeFault(error) });
    }
  }

  /** True when no other session has had a lease: then it need not read what others have stored. */
  #isFirst(head: Head): boolean {
    this.#hadFirst ||= head.leases.some(({ session, fence }) => session === this.#options.id && fence === 1);
    return this.#hadFirst && head.fence === 1;
  }

  #hold(records: readonly HistoryRecord[]): void {
    this.#held.push(...records);
    for (const { seq } of records) this.#own.add(seq);
  }

  /** Records with changes in the head that no worker holds. */
  #changedOutside(head: Head): readonly number[] {
    const found = changedIn(head).filter((stub) => isOutside(stub) || isOfClient(stub));
    return found.map(({ seq }) => seq).filter((seq) => !this.#own.has(seq) && !this.#stored.has(seq));
  }

  #forget(): void {
    this.#held = [];
    this.#sent = [];
    this.#own = new Set();
    this.#values = new Map();
    this.#bytes = 0;
    this.#since = Infinity;
  }
}

/** The stubs in a head whose records carry changes. */
function changedIn({ history }: Head): readonly Stub[] {
  if (!hasChanges(history)) return [];
  return readStubs(undefined, history).filter(({ changes }) => changes !== undefined);
}
