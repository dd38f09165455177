/** Records of what hosts did. Pauses, cancels, state writes, answers and redrives are noted where they take effect. */
import { defined } from '../../defined.ts';
import type { FlowEvent } from '../events.ts';
import type { Transition } from '../transition.ts';
import { type HistoryRecord, note } from './records.ts';

/** Notes an applied event of a host. */
export function noteHost(transition: Transition, event: FlowEvent): void {
  const facts = factsOf(event);
  if (facts) note(transition, 'host', facts);
}

function factsOf(event: FlowEvent): Partial<HistoryRecord> | undefined {
  switch (event.type) {
    case 'seal':
      return { action: event.sealed ? 'seal' : 'unseal' };
    case 'close': {
      const { pendingInterrupts: reason, actor, verified, claimed, bulk } = event;
      return { action: 'close', reason, ...defined({ actor, verified, claimed, bulk }) };
    }
    case 'concurrency':
      return { action: 'concurrency', limit: event.limit };
    case 'require':
      return { action: 'require', key: event.requirement.key };
    case 'hostClaim':
      return { action: 'claim', actor: event.owner };
    case 'hostRenew':
      return event.until === undefined ? { action: 'release' } : undefined;
    case 'revoke':
      return { action: 'revoke', ...defined({ interruptId: event.interrupt }) };
    default:
      return undefined;
  }
}
