/** Tells which waits are pending. Waits that end together leave the head in portions, but count as ended at once. */
import type { Head, Interrupt, ResumeEntry } from '../head.ts';

/** An emit that ended more waits than one commit can remove. Kept until the last of them has left the head. */
export interface EndingRow {
  id: number;
  /** Name of the signal. */
  name: string;
  at: number;
  valueHash: string;
  /** The waits were withdrawn; no signal ended them. */
  withdrawn?: true;
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
  const ending = endedBy === undefined ? undefined : endings?.find((row) => row.id === endedBy);
  if (ending) {
    const { name, at, valueHash, withdrawn } = ending;
    if (withdrawn) return { kind: 'resume', id, outcome: 'withdrawn', at, ...links };
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
