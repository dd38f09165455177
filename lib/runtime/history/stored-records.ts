/**
 * Records of stored commits, until their caller takes them. Of commits whose calls failed, the next head shows whether they
 * are stored.
 */
import type { Head } from '../../engine/head.ts';
import type { HistoryRecord } from '../../engine/history/records.ts';
import { digest, type Json } from '../../flow/json.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';

interface Unheard {
  readonly head: string;
  readonly records: readonly HistoryRecord[];
}

export class StoredRecords {
  #records: HistoryRecord[] = [];
  /** The revision that the unheard writes replaced. */
  #rev = 0;
  #unheard: Unheard[] = [];

  /** The write of these records is stored. Unheard writes to the same revision are not. */
  add(records: readonly HistoryRecord[]): void {
    this.#unheard = [];
    this.#records.push(...records);
  }

  /** Notes a write with an unknown outcome. @param rev that it replaced */
  addUnheard(rev: number, head: Head, records: readonly HistoryRecord[]): void {
    if (records.length === 0) return;
    if (rev !== this.#rev) this.#unheard = [];
    this.#rev = rev;
    this.#unheard.push({ head: digestOf(head), records });
  }

  /**
   * Adds the records of the write that a stored record contains. Once another commit has followed, the head does not show any
   * more whose write it was: then the stubs in it are all that is left.
   */
  look({ head, rev }: ExecutionRecord): void {
    if (this.#unheard.length === 0 || rev <= this.#rev) return;
    const unheard = this.#unheard.splice(0);
    if (rev > this.#rev + 1) return;
    const stored = digestOf(head);
    this.add(unheard.find((each) => each.head === stored)?.records ?? []);
  }

  take(): readonly HistoryRecord[] {
    return this.#records.splice(0);
  }
}

/** Stores drop members that are `undefined`. */
function digestOf(head: Head): string {
  return digest(JSON.parse(JSON.stringify(head)) as Json);
}
