/** Reads the heads in the store during the faults and checks that monotonic fields never decrease. */
import type { Head } from '../../lib/engine/head.ts';
import type { ExecutionStore } from '../../lib/ports/execution-store.ts';

interface Known {
  readonly rev: number;
  readonly closed: boolean;
  readonly there: ReadonlySet<string>;
  readonly gone: ReadonlySet<string>;
}

export interface Watch {
  look(executionId: string): Promise<void>;
  /** Violations, as text. */
  readonly problems: readonly string[];
  /** Number of heads read. */
  looks(): number;
}

export function createWatch(executions: Pick<ExecutionStore, 'load'>): Watch {
  const known = new Map<string, Known>();
  const problems: string[] = [];
  let looks = 0;

  const compare = (head: Head, rev: number, before: Known): void => {
    const complain = (problem: string) => problems.push(`${head.id} at revision ${rev}: ${problem}`);
    if (rev < before.rev) complain(`the revision was ${before.rev}`);
    if (before.closed && head.lifecycle !== 'closed') complain('reopened');
    for (const { id } of head.activations) if (before.gone.has(id)) complain(`activation ${id} came back`);
    const answers = head.ledger.filter((entry) => entry.kind === 'resume' && entry.outcome === 'accepted');
    if (new Set(answers.map(({ id }) => id)).size < answers.length) complain('an interrupt was answered twice');
    if (new Set(head.leases.map(({ session }) => session)).size < head.leases.length)
      complain('a session has two leases');
  };

  return {
    problems,
    looks: () => looks,
    async look(executionId) {
      const record = await executions.load(executionId);
      const before = known.get(executionId);
      if (!record) {
        if (before) problems.push(`${executionId} is not there any more`);
        return;
      }
      looks += 1;
      const { head, rev } = record;
      if (before) compare(head, rev, before);
      const there = new Set(head.activations.map(({ id }) => id));
      const gone = new Set([...(before?.gone ?? []), ...[...(before?.there ?? [])].filter((id) => !there.has(id))]);
      known.set(executionId, { rev, closed: head.lifecycle === 'closed', there, gone });
    },
  };
}
