/** Decides which of many waiting callers commits the inbox, and when to append to an inbox that was full. */
import type { InboxEvent, ResumeEvent } from '../../engine/events.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';

/** Most bytes of JSON of an event in the inbox: a larger one would fill the item of the execution. */
const INBOX_EVENT_BYTES = 64 * 1024;

/** False: the event is committed directly, however many races that takes. */
export function fitsInbox(event: InboxEvent): boolean {
  return bytesOf(event) <= INBOX_EVENT_BYTES;
}

/** Reads without progress after which any caller commits the inbox. */
const PATIENCE = 8;

export class InboxTurn {
  #oldest: string | undefined;
  #looks = 0;
  #fulls = 0;
  #pause = 0;

  /** Called at each read. After a full inbox it skips some reads, more for each time the inbox was full. */
  mayAppend(): boolean {
    this.#pause -= 1;
    return this.#pause < 0;
  }

  /** @param random 0 to 1 */
  noteFull(random: number): void {
    this.#fulls += 1;
    this.#pause = Math.floor(random * 2 ** Math.min(this.#fulls + 1, PATIENCE));
  }

  /**
   * The caller of the oldest answer commits the inbox at once. Each later caller waits one read longer than the one
   * before it. A live worker lease adds one read, because the worker commits soon.
   */
  isMyTurn(record: ExecutionRecord, own: readonly { readonly event: ResumeEvent }[], now: number): boolean {
    const [oldest] = answersIn(record);
    const key = JSON.stringify([oldest?.interrupt, oldest?.requestId, oldest?.mark]);
    this.#looks = key === this.#oldest ? this.#looks + 1 : 0;
    this.#oldest = key;
    const places = own.map(({ event }) => placeOf(record, event)).filter((place) => place >= 0);
    const isBusy = record.head.leases.some(({ until }) => until > now);
    return this.#looks >= Math.min(PATIENCE, ...places) + (isBusy ? 1 : 0);
  }
}

/**
 * Position of an answer with the same id and value among the answers in the inbox, also one from an earlier call;
 * negative when absent.
 */
export function placeOf(record: ExecutionRecord, event: ResumeEvent): number {
  const { interrupt, generation, requestId, valueHash, host } = event;
  return answersIn(record).findIndex((each) => {
    const isOfWait = each.interrupt === interrupt && each.generation === generation;
    return isOfWait && each.requestId === requestId && each.valueHash === valueHash && each.host === host;
  });
}

function answersIn({ inbox }: ExecutionRecord): readonly ResumeEvent[] {
  return inbox.filter((each) => each.type === 'resume');
}
