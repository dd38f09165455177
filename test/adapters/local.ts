/** A store over an embedded table. Tests see its requests and can replace its answers. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startEmbedded } from '../../infra/local/endpoint/embedded.ts';
import { LOCAL_ACCESS, provision } from '../../infra/local/endpoint/provision.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { createDynamoStores, type DynamoStores } from '../../lib/adapters/dynamodb/stores.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';

export interface Sent {
  readonly name: string;
  readonly input: Record<string, unknown>;
}

/** May throw before or after the request, or replace its answer. */
export type Fault = (sent: Sent, send: () => Promise<Record<string, unknown>>) => Promise<Record<string, unknown>>;

export interface LocalTable {
  readonly stores: DynamoStores;
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Requests since the last call. */
  sent(): readonly Sent[];
  /** Applies until the next call. */
  fault(fault: Fault | undefined): void;
  /** The stores of another process; `null`: without the object store. */
  another(objects?: ObjectStore | null): DynamoStores;
  close(): Promise<void>;
}

/** @param objects for large values */
export async function openTable(objects?: ObjectStore): Promise<LocalTable> {
  const embedded = await startEmbedded();
  const tableName = (await provision(embedded)).resource('FlowTable').ref;
  const client = createDynamoClient({ endpoint: embedded.endpoint, ...LOCAL_ACCESS });
  let requests: Sent[] = [];
  let current: Fault | undefined;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const sent = { name: context.commandName ?? '', input: args.input as unknown as Record<string, unknown> };
      requests.push(sent);
      if (!current) return next(args);
      let output: Awaited<ReturnType<typeof next>> | undefined;
      const answer = await current(sent, async () => {
        output = await next(args);
        return output.output as unknown as Record<string, unknown>;
      });
      return { response: output?.response, output: answer as unknown as typeof args.input } as unknown as NonNullable<
        typeof output
      >;
    },
    { step: 'initialize', name: 'test' },
  );
  const clock = { sleep: () => systemClock.sleep(0) };
  const another = (other: ObjectStore | null = objects ?? null) =>
    createDynamoStores({ client, tableName, clock }, other ?? undefined);
  return {
    stores: another(),
    client,
    tableName,
    another,
    sent() {
      const all = requests;
      requests = [];
      return all;
    },
    fault(fault) {
      current = fault;
    },
    async close() {
      client.destroy();
      await embedded.close();
    },
  };
}
