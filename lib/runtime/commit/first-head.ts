/** Stores the first head of an execution, if its id is free. */

import { defined } from '../../defined.ts';
import type { Head } from '../../engine/head.ts';
import { inMemory } from '../../engine/limits/readable.ts';
import { nextSweepAt } from '../../engine/time/timers.ts';
import { pack } from '../../engine/values/pack.ts';
import type { Json } from '../../flow/json.ts';
import type { CreateRequest, ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Parameters } from '../app/parameters.ts';
import { checkHead, putFirst } from './head-size.ts';
import { stamp } from './observe.ts';
import { contended } from './outside-events.ts';
import { storedOf } from './paged.ts';
import { noLookups } from './reduce-fully.ts';
import { sendQuietly } from './send.ts';
import { messagesAfter } from './wake-ups.ts';

export type FirstHead =
  | { readonly kind: 'created'; readonly head: Head }
  /** The execution that has the id. */
  | { readonly kind: 'exists'; readonly record: ExecutionRecord };

/** @throws FlowError `head_too_large`; then nothing is stored */
export type PutFirstHead = (head: Head, copy?: Copy) => Promise<FirstHead>;

/** A head from a snapshot or fork: it may use the size limit for accepted work. */
export interface Copy {
  /** Values that the head refers to. */
  readonly stored: ReadonlyMap<string, Json>;
  /** Stores the ledger and shared data that belong to the head, before any of it can run. */
  readonly prepare: () => Promise<void>;
}

export function createFirstHead(ports: Ports, parameters: Parameters): PutFirstHead {
  return async (first, copy) => {
    const now = ports.clock.now();
    const { inlineBytes, ledgerKept, waitsKept } = parameters;
    const { headFormat } = parameters;
    const format = inMemory(headFormat);
    const newId = ports.entropy.id;
    const packed = pack(undefined, stamp(ports, undefined, first), {
      inlineBytes,
      ledgerKept,
      waitsKept,
      format,
      newId,
      known: new Map(),
    });
    const { head } = packed;
    const stored = storedOf(packed);
    const values = new Map([...(copy?.stored ?? []), ...packed.values]);
    const most = copy ? parameters.headBytesAtMost : parameters.headBytes;
    const limit = () => most;
    const how = { format: headFormat };
    checkHead(stored, limit, how);
    await copy?.prepare();
    const text = await putFirst(ports, limit, { ...packed, values }, { ...noLookups(), how });
    const wakeAt = nextSweepAt(head, undefined, now);
    if (await create(ports, { head: stored, text, ...defined({ wakeAt }) })) {
      await sendQuietly(
        ports,
        messagesAfter({ before: undefined, after: head, now, received: 0, committerIsNoWorker: true }),
      );
      if (!head.unstarted) ports.meter?.record('executionsStarted', 1, { flow: head.flow });
      return { kind: 'created', head };
    }
    const owner = { executionId: head.id, inc: head.inc };
    if (values.size > 0) await ports.values.drop(owner, [...values.keys()], now + parameters.dropAfter);
    const record = await ports.executions.load(head.id);
    if (!record) throw contended(head.id);
    return { kind: 'exists', record };
  };
}

/**
 * Returns whether this head was stored. After an error the head is read, because the failed call may have stored it.
 */
async function create(ports: Ports, request: CreateRequest): Promise<boolean> {
  try {
    return (await ports.executions.create(request)) === 'created';
  } catch (error) {
    const stored = await ports.executions.load(request.head.id);
    if (!stored) throw error;
    return stored.head.inc === request.head.inc;
  }
}
