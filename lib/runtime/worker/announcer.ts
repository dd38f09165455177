/**
 * Announces waits in a separate process. Besides the HTTP functions only this process can sign callback URLs, so chunks
 * and their dependencies run without the key. Unacknowledged announcements stay in the outbox; the next sweep sends
 * them again.
 */
import type { AnnounceRow, Head } from '../../engine/head.ts';
import { hostLeaseOf } from '../../engine/outside/host-lease.ts';

import { describeThrown } from '../../errors/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import type { Parameters } from '../app/parameters.ts';
import { createCommitter } from '../commit/commit.ts';
import { createChange } from '../commit/outside-events.ts';
import { withPages } from '../commit/paged.ts';
import { createExchange, type InterruptLink } from './exchange.ts';

export interface Announcer {
  /** Announces the pending waits of one execution and clears the acknowledged ones. @throws the error of the store */
  announce(executionId: string): Promise<void>;
}

export function createAnnouncer(app: App, given: Ports, parameters: Parameters, link?: InterruptLink): Announcer {
  const ports = withPages(given);
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
      // The host that holds the lease announces the waits itself.
      if (!record || hostLeaseOf(record.head, ports.clock.now())) return;
      const rows = record.head.outbox.filter((row) => row.kind === 'announce');
      const told = await Promise.all(rows.map((row) => tell(record.head, row)));
      const ids = rows.filter((_, i) => told[i]).map(({ id }) => id);
      if (ids.length > 0) await change(record, [{ type: 'clear', ids }]);
    },
  };
}
