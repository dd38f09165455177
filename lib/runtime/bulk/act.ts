/** What a bulk does to one execution. A repeat with the same request id changes nothing. */
import { FlowError } from '../../errors/errors.ts';
import { hashId } from '../../flow/json.ts';
import type { BulkOrder, BulkTarget } from '../../flow/options/bulk.ts';
import type { Acts, Caller, HostAnswer, SignalAnswer } from '../client/types.ts';

export interface BulkCall extends BulkOrder {
  /** Id of the execution of the bulk. */
  readonly bulk: string;
}

/** @returns why it was refused; `undefined`: it is done, or was before */
export async function actOn(client: Acts, call: BulkCall, target: BulkTarget): Promise<string | undefined> {
  try {
    return await act(client, call, target);
  } catch (error) {
    // The chunk is tried again when a store or a race is at fault.
    if (!FlowError.is(error) || error.code === 'contention') throw error;
    return `${error.code}: ${error.message}`.slice(0, 200);
  }
}

async function act(client: Acts, call: BulkCall, { id, generation = 0, wait }: BulkTarget) {
  const { act: order, bulk } = call;
  const caller: Caller = {
    bulk,
    ...(call.actor === undefined ? {} : { actor: call.actor }),
    ...(call.verified === undefined ? {} : { verified: call.verified }),
    ...(call.claimed === undefined ? {} : { claimed: call.claimed }),
  };
  const requestId = hashId('bulk', bulk, id, generation);
  switch (order.action) {
    case 'cancel': {
      const { reason } = order;
      return ofHost(await client.cancel(id, { ...caller, ...(reason === undefined ? {} : { reason }) }));
    }
    case 'pause':
      return ofHost(await client.pause(id, caller));
    case 'unpause':
      return ofHost(await client.unpause(id, caller));
    case 'erase':
      return (await client.erase(id, caller)) === 'unknown' ? UNKNOWN : undefined;
    case 'close': {
      const { pendingInterrupts = 'reject' } = order;
      const { kind } = await client.close(id, { ...caller, pendingInterrupts });
      if (kind === 'pendingInterrupts') return 'it waits for answers';
      return kind === 'unknown' ? UNKNOWN : undefined;
    }
    case 'redrive': {
      const answer = await client.redrive(id, { ...caller, requestId });
      if (answer === 'notFailed') return 'nothing has failed';
      return answer === 'unknown' ? UNKNOWN : undefined;
    }
    case 'signal': {
      const { name, value = null, correlation } = order;
      const options = { ...caller, requestId, ...(correlation === undefined ? {} : { correlation }) };
      return ofSignal(await client.signal(id, name, value, options));
    }
    case 'resume': {
      if (wait === undefined) return 'it had no single wait to answer';
      const answer = await client.resume(id, wait, { ...caller, requestId, generation, value: order.value });
      return ANSWERED.has(answer.kind) ? undefined : `the wait was not answered: ${answer.kind}`;
    }
    default:
      return order satisfies never;
  }
}

const UNKNOWN = 'there is no such execution';
const ANSWERED: ReadonlySet<string> = new Set(['accepted', 'duplicate']);

function ofHost(answer: HostAnswer): string | undefined {
  return answer === 'unknown' ? UNKNOWN : undefined;
}

function ofSignal(answer: SignalAnswer): string | undefined {
  switch (answer) {
    case 'accepted':
    case 'duplicate':
      return undefined;
    case 'unknown':
      return UNKNOWN;
    case 'ignored':
      return 'it takes no more signals';
    case 'busy':
      throw new FlowError('contention', 'Too many concurrent signals.');
    case 'mismatch':
      return 'another signal had this id';
    default:
      return answer satisfies never;
  }
}
