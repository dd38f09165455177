/** Which waits are pending. Waits that ended together leave the head in portions, but count as ended at once. */
import type { Head, Interrupt, ResumeEntry } from '../head.ts';

/** An emit that ended more waits than one commit takes. It is kept until the last of them has left the head. */
export interface EndingRow {
  id: number;
  /** The signal. */
  name: string;
  at: number;
  valueHash: string;
}

/** The request id of what a signal ends: no caller can choose one with a `#`. */
export function requestIdOf(signal: string): string {
  return `signal#${signal}`;
}

/** How a wait has ended that is still in the head; `undefined`: it is pending. */
export function endOf(
  { endings, expiredUntil }: Pick<Head, 'endings' | 'expiredUntil'>,
  { id, endedBy, expiresAt, revoked }: Interrupt,
): ResumeEntry | undefined {
  const links = revoked ? { revoked } : {};
  const ending = endedBy === undefined ? undefined : endings?.find((row) => row.id === endedBy);
  if (ending) {
    const { name, at, valueHash } = ending;
    return { kind: 'resume', id, outcome: 'accepted', at, requestId: requestIdOf(name), valueHash, ...links };
  }
  if (expiresAt === undefined || expiresAt > (expiredUntil ?? -Infinity)) return undefined;
  return { kind: 'resume', id, outcome: 'expired', at: expiresAt, ...links };
}

export function isPending(head: Pick<Head, 'endings' | 'expiredUntil'>, wait: Interrupt): boolean {
  return endOf(head, wait) === undefined;
}

export function pendingWaits(head: Head): readonly Interrupt[] {
  return head.interrupts.filter((wait) => isPending(head, wait));
}

/** When a tick has to do something for a wait. */
export function dueTimeOf(head: Head, wait: Interrupt): number | undefined {
  const end = endOf(head, wait);
  if (end && head.overfull) return undefined;
  if (wait.untold) return wait.createdAt;
  return end ? end.at : wait.expiresAt;
}

/** Forgets what says of no wait any more how it has ended. */
export function dropEndings(head: Head): void {
  if (head.expiredUntil === undefined && !head.endings) return;
  const ended = head.interrupts.filter((wait) => !isPending(head, wait));
  const used = new Set(ended.map(({ endedBy }) => endedBy));
  const rows = head.endings?.filter(({ id }) => used.has(id)) ?? [];
  if (rows.length > 0) head.endings = rows;
  else delete head.endings;
  if (!used.has(undefined)) delete head.expiredUntil;
}
