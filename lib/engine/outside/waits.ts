/** Tells which waits are pending. Waits that end together leave the head in portions, but count as ended at once. */
import type { Head, Interrupt, ResumeEntry } from '../head.ts';

/** What ended more waits than one commit can remove: an emit, if nothing else is said. Kept until the last of them has left the head. */
export interface EndingRow {
  id: number;
  /** Name of the signal. */
  name: string;
  at: number;
  valueHash: string;
  /** They were withdrawn. */
  withdrawn?: true;
  /** The execution was cancelled, or closed without them. */
  cancelled?: true;
  /** They had expired, and a redrive starts them again. */
  restarts?: true;
}

export const SIGNAL = 'signal#';

/** The request id of a wait that a signal ended. Request ids of callers contain no `#`. */
export function requestIdOf(signal: string): string {
  return `${SIGNAL}${signal}`;
}

/** How a wait that is still in the head ended; `undefined`: it is pending. */
export function endOf(
  { endings, expiredUntil }: Pick<Head, 'endings' | 'expiredUntil'>,
  { id, endedBy, expiresAt, revoked }: Interrupt,
): ResumeEntry | undefined {
  const links = revoked ? { revoked } : {};
  const ending = endingOf({ endings }, { endedBy });
  if (ending) {
    const { name, at, valueHash, withdrawn, cancelled, restarts } = ending;
    const outcome = withdrawn ? 'withdrawn' : cancelled ? 'cancelled' : restarts ? 'expired' : undefined;
    if (outcome) return { kind: 'resume', id, outcome, at, ...links };
    return { kind: 'resume', id, outcome: 'accepted', at, requestId: requestIdOf(name), valueHash, ...links };
  }
  if (expiresAt === undefined || expiresAt > (expiredUntil ?? -Infinity)) return undefined;
  return { kind: 'resume', id, outcome: 'expired', at: expiresAt, ...links };
}

/** The row in `endings` that ended a wait. */
export function endingOf(
  { endings }: { readonly endings?: readonly EndingRow[] | undefined },
  { endedBy }: { readonly endedBy?: number | undefined },
): EndingRow | undefined {
  return endedBy === undefined ? undefined : endings?.find((row) => row.id === endedBy);
}

export function isPending(head: Pick<Head, 'endings' | 'expiredUntil'>, wait: Interrupt): boolean {
  return endOf(head, wait) === undefined;
}

export function pendingWaits(head: Head): readonly Interrupt[] {
  return head.interrupts.filter((wait) => isPending(head, wait));
}

/** When a tick has to process the wait: to announce it, expire it or remove it. `undefined`: never. */
export function dueTimeOf(head: Head, wait: Interrupt): number | undefined {
  const end = endOf(head, wait);
  if (end && head.overfull) return undefined;
  if (wait.untold) return wait.createdAt;
  return end ? end.at : wait.expiresAt;
}

/** Deletes `endings` rows and `expiredUntil` once no wait in the head needs them. */
export function dropEndings(head: Head): void {
  if (head.expiredUntil === undefined && !head.endings) return;
  const ended = head.interrupts.filter((wait) => !isPending(head, wait));
  const used = new Set(ended.map(({ endedBy }) => endedBy));
  const rows = head.endings?.filter(({ id }) => used.has(id)) ?? [];
  if (rows.length > 0) head.endings = rows;
  else delete head.endings;
  if (!used.has(undefined)) delete head.expiredUntil;
}
