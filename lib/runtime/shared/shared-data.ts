/**
 * Writes of a flow's shared data, in three steps: apply once by id, notify every open execution that listens, forget
 * the id. After an error the caller repeats all steps.
 */
import type { FlowDataEvent } from '../../engine/events.ts';
import { hears, type SharedWrite } from '../../engine/values/shared-data.ts';
import { applyOperation, splitPath } from '../../engine/values/state-writes.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import type { ExecutionRecord, Position } from '../../ports/execution-store.ts';
import type { FlowDataRecord } from '../../ports/flow-data-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import { findFlow } from '../app/definitions.ts';
import type { Parameters } from '../app/parameters.ts';
import type { Committer } from '../commit/commit.ts';
import { sendQuietly } from '../commit/send.ts';
import { FAULTS, type Tried, tryUntilDone, upTo } from '../commit/tries.ts';
import { messagesAfter, signalMessage, wakeUp } from '../commit/wake-ups.ts';

/** `value`: the whole value of the key after the write, or the current value when the write was applied before. */
export type Made = { readonly value: Json } | { readonly refused: FlowError };

export interface TellOptions {
  /** Execution that is notified in another way. */
  readonly except?: string;
  /** Position at which an earlier call stopped. */
  readonly from?: Position;
  /** Time at which the call stops (ms since the epoch). */
  readonly until: number;
}

export interface SharedData {
  /**
   * Applies the writes that were not applied yet, in order.
   * @param asked returns the ids that may still be applied, looked up again at each try; other writes are missing from
   * the answer
   * @throws FlowError `contention`; after a store error the outcome is unknown
   */
  make(
    flow: string,
    writes: readonly SharedWrite[],
    asked?: () => Promise<ReadonlySet<string>>,
  ): Promise<ReadonlyMap<string, Made>>;
  /**
   * Notifies open executions that listen to the key. Returns the position where it stopped, or `undefined` when all
   * have been notified.
   */
  tell(flow: string, event: FlowDataEvent, options: TellOptions): Promise<Position | undefined>;
  /**
   * Adds keys that are absent, without notifying executions. `made`: ids of writes that this data already contains and
   * that will be requested again.
   */
  restore(
    flow: string,
    data: { readonly [key: string]: Json },
    made?: readonly { readonly id: string; readonly key: string }[],
  ): Promise<void>;
  forget(flow: string, ids: readonly string[]): Promise<void>;
}

/** Prefix of ids given by hosts. The newest 100 are kept, so that a host may repeat its call. */
export const HOST = 'host:';
const HOST_IDS = 100;
const PAGE = 100;
const WIDTH = 16;
/** Sweep time of an appended event, in case its wake-up is lost (ms). */
const LOOK_AFTER = 30_000;

export function createSharedData(app: App, ports: Ports, parameters: Parameters, commit: Committer): SharedData {
  const change = async <T>(
    flow: string,
    make: (record: FlowDataRecord) => Promise<{ readonly next?: FlowDataRecord; readonly answer: T }>,
  ): Promise<T> => {
    let faults = 0;
    const tryOnce = async (): Promise<Tried<{ readonly answer: T }>> => {
      try {
        const { next, answer } = await make(await ports.flowData.load(flow));
        const isStored = !next || (await ports.flowData.apply(flow, next)) === 'applied';
        return isStored ? { kind: 'done', value: { answer } } : { kind: 'lost' };
      } catch (error) {
        faults += 1;
        if (FlowError.is(error) || faults >= FAULTS) throw error;
        // The next try recognizes applied writes by their ids.
        return { kind: 'lost' };
      }
    };
    const done = await tryUntilDone(ports, parameters, upTo(parameters.commitTries), tryOnce);
    if (done) return done.answer;
    throw new FlowError(
      'contention',
      `flowData of flow "${flow}": too many concurrent writes, so this one was not confirmed. Repeat it with the same id.`,
    );
  };

  const make: SharedData['make'] = async (flow, writes, asked) => {
    try {
      return await change(flow, async (record) => {
        // Looked up after the load: an id requested now was not forgotten before the load.
        const ids = await asked?.();
        return apply(
          record,
          writes.filter(({ id }) => ids?.has(id) ?? true),
        );
      });
    } catch (error) {
      if (!FlowError.is(error) || error.code !== 'value_too_large') throw error;
      const [only] = writes;
      if (only && writes.length === 1) return new Map([[only.id, { refused: error }]]);
      const made = new Map<string, Made>();
      for (const write of writes) for (const entry of await make(flow, [write], asked)) made.set(...entry);
      return made;
    }
  };

  /** Delivers by a commit, or through the inbox when the commit loses races or has no room. */
  const deliver = async (record: ExecutionRecord, event: FlowDataEvent): Promise<void> => {
    const { head } = record;
    const flow = findFlow(app, head);
    if (head.lifecycle !== 'open' || head.failure || (flow && !hears(flow.graph, event.key))) return;
    if (flow) {
      const options = { flow, mayTry: upTo(parameters.directTries), growth: 'new' } as const;
      const result = await commit(record, () => [event], options).catch(asContended);
      if (result.kind === 'done') {
        const change = { before: result.before, after: result.record.head, now: ports.clock.now(), received: 0 };
        await sendQuietly(ports, messagesAfter(change));
      }
      if (result.kind !== 'contended') return;
    }
    const answer = await ports.executions.append(head.id, head.inc, event, ports.clock.now() + LOOK_AFTER);
    if (answer === 'full')
      throw new FlowError(
        'contention',
        `Execution ${head.id}: the inbox is full. Try again once its worker has committed.`,
      );
    // A try with an unknown outcome may have queued the event as a signal; the signal message starts it.
    if (answer === 'appended') await sendQuietly(ports, [wakeUp(head.id), signalMessage(head.id)]);
  };

  const deliverTo = async (id: string, event: FlowDataEvent): Promise<void> => {
    const record = await ports.executions.load(id);
    if (record) await deliver(record, event);
  };

  return {
    make,
    async tell(flow, event, { except, from, until }) {
      if (!app.flows.some((each) => each.name === flow && hears(each.graph, event.key))) return undefined;
      for (let after = from; ; ) {
        const query = { flow, listing: 'open', limit: PAGE, ...(after ? { after } : {}) } as const;
        const found = await ports.executions.list(query);
        for (let at = 0; at < found.length; at += WIDTH) {
          const some = found.slice(at, at + WIDTH);
          await Promise.all(some.map(({ id }) => (id === except ? undefined : deliverTo(id, event))));
          const isLast = at + WIDTH >= found.length && found.length < PAGE;
          if (!isLast && ports.clock.now() >= until) return some.at(-1);
        }
        if (found.length < PAGE) return undefined;
        after = found.at(-1);
      }
    },
    async restore(flow, saved, made = []) {
      await change(flow, async (record) => {
        const isHere = (key: string): boolean => Object.hasOwn(record.data, key);
        const absent = Object.entries(saved).filter(([key]) => !isHere(key));
        if (absent.length === 0) return { answer: undefined };
        const ids = made.filter(({ id, key }) => !isHere(key) && !record.operations.includes(id)).map(({ id }) => id);
        const data = { ...record.data, ...Object.fromEntries(absent) };
        return { next: { ...record, data, operations: [...record.operations, ...ids] }, answer: undefined };
      });
    },
    async forget(flow, ids) {
      await change(flow, async (record) => {
        const operations = record.operations.filter((id) => !ids.includes(id));
        if (operations.length === record.operations.length) return { answer: undefined };
        return { next: { ...record, operations }, answer: undefined };
      });
    },
  };
}

/** An event that does not fit into the head waits in the inbox. */
function asContended(error: unknown): { readonly kind: 'contended' } {
  if (FlowError.is(error) && error.code === 'head_too_large') return { kind: 'contended' };
  throw error;
}

/**
 * Applies writes in order. A write that no longer fits, because another write changed a value on its path, is refused
 * alone.
 */
function apply(
  { version, data, operations }: FlowDataRecord,
  writes: readonly SharedWrite[],
): { readonly next?: FlowDataRecord; readonly answer: ReadonlyMap<string, Made> } {
  const next: Record<string, Json> = { ...data };
  const answer = new Map<string, Made>();
  const fresh: string[] = [];
  for (const { id, operation } of writes) {
    const { key } = splitPath(operation.path);
    const current = Object.hasOwn(next, key) ? next[key] : undefined;
    if (operations.includes(id)) {
      answer.set(id, { value: current ?? null });
      continue;
    }
    try {
      const value = applyOperation(current, operation);
      if (value === undefined) delete next[key];
      else next[key] = value;
      answer.set(id, { value: value ?? null });
      fresh.push(id);
    } catch (error) {
      if (!FlowError.is(error)) throw error;
      answer.set(id, { refused: error });
    }
  }
  if (fresh.length === 0) return { answer };
  return { next: { version, data: next, operations: keep([...operations, ...fresh]) }, answer };
}

function keep(operations: readonly string[]): readonly string[] {
  const old = new Set(operations.filter((id) => id.startsWith(HOST)).slice(0, -HOST_IDS));
  return operations.filter((id) => !old.has(id));
}
