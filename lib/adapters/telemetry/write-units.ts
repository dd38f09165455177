/** Write capacity units by flow: DynamoDB says how many a call consumed, and the stores know whose call it is. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AttributeEntry } from '../../ports/attribute-store.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Stores } from '../../ports/ports.ts';
import type { Meter } from '../../ports/telemetry.ts';

/** A client of the AWS SDK. */
export interface MeasuredClient {
  readonly middlewareStack: { add(middleware: Middleware, options: object): void };
}

type Call = { readonly input: object };
type Next = (call: Call) => Promise<{ readonly output: object }>;
type Middleware = (next: Next, context: { readonly commandName?: string }) => Next;

/** Executions whose flow is remembered. */
const MOST = 1_000;
/** Flow of calls whose execution has not been read here, such as the expiry of files. */
const UNKNOWN = 'unknown';
const WRITES = /^(Put|Update|Delete|TransactWrite|BatchWrite)/;

export interface WriteUnits {
  /** Asks each write of the client for its units, and records them. */
  watch(client: MeasuredClient): void;
  /** Stores over the client. */
  attribute(stores: Stores): Stores;
}

export function createWriteUnits(meter: Meter): WriteUnits {
  const current = new AsyncLocalStorage<string>();
  const flows = new Map<string, string>();
  const remember = (id: string, flow: string): string => {
    flows.delete(id);
    flows.set(id, flow);
    for (const oldest of flows.keys()) if (flows.size > MOST) flows.delete(oldest);
    return flow;
  };
  const by = <Store extends object>(store: Store, flowOf: (first: unknown, method: string) => string): Store =>
    new Proxy(store, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return (...input: readonly unknown[]) =>
          current.run(flowOf(input[0], String(name)), () => method.apply(target, input) as unknown);
      },
    });
  const byOwner = (owner: unknown) => flows.get((owner as { executionId: string }).executionId) ?? UNKNOWN;
  const byEntries = (added: unknown) => (added as readonly AttributeEntry[])[0]?.flow ?? UNKNOWN;
  const byExecution = (first: unknown, method: string) => {
    if (method !== 'create' && method !== 'commit') return flows.get(String(first)) ?? UNKNOWN;
    const { head } = first as Pick<ExecutionRecord, 'head'>;
    return remember(head.id, head.flow);
  };

  return {
    watch(client) {
      const middleware: Middleware = (next, { commandName = '' }) => {
        if (!WRITES.test(commandName)) return next;
        return async (call) => {
          const answer = await next({ ...call, input: { ...call.input, ReturnConsumedCapacity: 'TOTAL' } });
          const units = unitsOf(answer.output);
          if (units > 0) meter.record('writeUnits', units, { flow: current.getStore() ?? UNKNOWN });
          return answer;
        };
      };
      client.middlewareStack.add(middleware, { step: 'initialize', name: 'writeUnits' });
    },
    attribute(stores) {
      const executions = by(stores.executions, byExecution);
      const load: Stores['executions']['load'] = async (id) => {
        const record = await stores.executions.load(id);
        if (record) remember(id, record.head.flow);
        return record;
      };
      return {
        ...stores,
        values: by(stores.values, byOwner),
        ledger: by(stores.ledger, byOwner),
        streams: by(stores.streams, byOwner),
        history: by(stores.history, byOwner),
        flowData: by(stores.flowData, String),
        attributes: by(stores.attributes, byEntries),
        executions: new Proxy(executions, {
          get: (target, name) => (name === 'load' ? load : Reflect.get(target, name)),
        }),
      };
    },
  };
}

function unitsOf(output: object): number {
  const { ConsumedCapacity: consumed } = output as { ConsumedCapacity?: Units | readonly Units[] };
  return [consumed ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

interface Units {
  readonly CapacityUnits?: number;
}
