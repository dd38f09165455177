/**
 * Announces waits in a process of its own, the only one beside the doors that can sign callback URLs: chunks and what they
 * depend on run without the key. What a provider does not acknowledge stays in the outbox; the next sweep asks again.
 */
import type { AnnounceRow, Head } from '../../engine/head.ts';
import { hostLeaseOf } from '../../engine/outside/host-lease.ts';

import { describeThrown } from '../../errors/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import type { Parameters } from '../app/parameters.ts';
import { createCommitter } from '../commit/commit.ts';
import { createChange } from '../commit/outside-events.ts';
import { createExchange, type InterruptLink } from './exchange.ts';

export interface Announcer {
  /** Tells the providers of one execution's waits and clears what they acknowledge. @throws when the store does not answer */
  announce(executionId: string): Promise<void>;
}

export function createAnnouncer(app: App, ports: Ports, parameters: Parameters, link?: InterruptLink): Announcer {
  const exchange = createExchange(app, ports, link);
  const change = createChange(app, ports, parameters, createCommitter(ports, parameters));

  const tell = async (head: Head, row: AnnounceRow): Promise<boolean> => {
    try {
      return await exchange.announce(head, row);
    } catch (error) {
      ports.log.warn('wait not announced', { executionId: head.id, ...describeThrown(error) });
      return false;
    }
  };

  return {
    async announce(executionId) {
      const record = await ports.executions.load(executionId);
      // A host that has the execution to itself announces its waits, too.
      if (!record || hostLeaseOf(record.head, ports.clock.now())) return;
      const rows = record.head.outbox.filter((row) => row.kind === 'announce');
      const told = await Promise.all(rows.map((row) => tell(record.head, row)));
      const ids = rows.filter((_, i) => told[i]).map(({ id }) => id);
      if (ids.length > 0) await change(record, [{ type: 'clear', ids }]);
    },
  };
}
