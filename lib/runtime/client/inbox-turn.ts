/** Whose turn it is at an inbox that many callers have appended answers to, and when to append to one that was full. */
import type { ResumeEvent } from '../../engine/events.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';

/** Looks without progress after which any caller commits the inbox. */
const PATIENCE = 8;

export class InboxTurn {
  #oldest: string | undefined;
  #looks = 0;
  #fulls = 0;
  #pause = 0;

  /** Asked at each look: after a full inbox some looks are left out, the more the fuller it stays. */
  mayAppend(): boolean {
    this.#pause -= 1;
    return this.#pause < 0;
  }

  /** @param random 0 to 1 */
  wasFull(random: number): void {
    this.#fulls += 1;
    this.#pause = Math.floor(random * 2 ** Math.min(this.#fulls + 1, PATIENCE));
  }

  /**
   * The caller of the oldest answer commits the inbox at once; the others in the order of their answers, each a look later than
   * the one before it, as long as nobody does. A worker that holds a lease gets one more look: it commits before long.
   */
  isMine(record: ExecutionRecord, own: readonly { readonly event: ResumeEvent }[], now: number): boolean {
    const [oldest] = answersIn(record);
    const key = JSON.stringify([oldest?.interrupt, oldest?.requestId, oldest?.mark]);
    this.#looks = key === this.#oldest ? this.#looks + 1 : 0;
    this.#oldest = key;
    const places = own.map(({ event }) => placeOf(record, event)).filter((place) => place >= 0);
    const isBusy = record.head.leases.some(({ until }) => until > now);
    return this.#looks >= Math.min(PATIENCE, ...places) + (isBusy ? 1 : 0);
  }
}

/** Where an answer of this id and value stands among the answers in the inbox, also one by an earlier call; negative: nowhere. */
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
