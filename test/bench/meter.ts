/**
 * Counts the units that DynamoDB would bill, by its rules, at the client. Local engines do not count index or refused writes.
 * The previous item is the last write seen, so all writes have to pass the meter.
 */
import { ConditionalCheckFailedException, DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Item, itemBytes } from './item-size.ts';
import { type IndexKeys, kilobytes, readUnits, type Schema, writeUnits } from './units.ts';

/** Totals since the last `reset`. */
export interface Usage {
  /** Written items, refused writes included. */
  readonly writes: number;
  /** Read items; a query is one. */
  readonly reads: number;
  readonly wcu: number;
  readonly rcu: number;
  /** Sizes of the items as written, refused writes not included. */
  readonly bytesWritten: number;
  /** Size of the largest head that an update wrote: heads have a `rev`. */
  readonly headBytesMax: number;
}

/** One call that was answered, as it was counted here and as the engine says when it was asked to. */
export interface CountedCall {
  readonly command: string;
  readonly wcu: number;
  readonly rcu: number;
  /** No other request for the same item was in flight, so the previous item is known. */
  readonly alone: boolean;
  /** `ConsumedCapacity.CapacityUnits`, if the request asked for it and is for a single item or a query. */
  readonly reported?: number;
}

export interface Meter {
  usage(): Usage;
  reset(): void;
}

/** The parts of counted commands and their answers. */
interface Input {
  Item?: Item;
  Key?: Item;
  ConsistentRead?: boolean;
  ReturnValues?: string;
  RequestItems?: Record<string, unknown>;
}
interface Output {
  Item?: Item;
  Items?: readonly Item[];
  Attributes?: Item;
  Responses?: Record<string, readonly Item[]>;
  ConsumedCapacity?: { readonly CapacityUnits?: number };
}
type BatchWrite = readonly {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}[];
interface BatchGet {
  readonly Keys: readonly Item[];
  readonly ConsistentRead?: boolean;
}

/** Starts to count what the client sends to this table. @param seen is told every call that was answered */
export async function attachMeter(
  client: DynamoDBClient,
  TableName: string,
  seen: (call: CountedCall) => void = () => undefined,
): Promise<Meter> {
  const schema = await readSchema(client, TableName);
  const items = new Map<string, Item>();
  const keyOf = (item: Item) => JSON.stringify(schema.keys.map((name) => item[name]));
  const zero = { writes: 0, reads: 0, wcu: 0, rcu: 0, bytesWritten: 0, headBytesMax: 0 };
  let total = { ...zero };
  const underWay = createWatch();

  const wrote = (key: Item, after: Item | undefined) => {
    const before = items.get(keyOf(key));
    total.writes += 1;
    total.wcu += writeUnits(schema, before, after);
    total.bytesWritten += itemBytes(after ?? {});
    if (after) items.set(keyOf(key), after);
    else items.delete(keyOf(key));
  };
  const refused = (key: Item) => {
    total.writes += 1;
    total.wcu += Math.max(1, kilobytes(items.get(keyOf(key)) ?? {}));
  };
  const read = (bytes: number, consistent: boolean | undefined) => {
    total.reads += 1;
    total.rcu += readUnits(bytes, consistent === true);
  };

  const count: Record<string, (input: Input, output: Output) => void> = {
    PutItemCommand: ({ Item = {} }) => wrote(Item, Item),
    UpdateItemCommand({ Key = {} }, { Attributes = {} }) {
      wrote(Key, Attributes);
      if (Attributes.rev) total.headBytesMax = Math.max(total.headBytesMax, itemBytes(Attributes));
    },
    DeleteItemCommand: ({ Key = {} }) => wrote(Key, undefined),
    BatchWriteItemCommand({ RequestItems = {} }) {
      for (const request of Object.values(RequestItems) as BatchWrite[]) {
        for (const { PutRequest, DeleteRequest } of request) {
          if (PutRequest) wrote(PutRequest.Item, PutRequest.Item);
          if (DeleteRequest) wrote(DeleteRequest.Key, undefined);
        }
      }
    },
    GetItemCommand: ({ ConsistentRead }, { Item }) => read(Item ? itemBytes(Item) : 0, ConsistentRead),
    QueryCommand({ ConsistentRead }, { Items = [] }) {
      read(
        Items.reduce((bytes, item) => bytes + itemBytes(item), 0),
        ConsistentRead,
      );
    },
    BatchGetItemCommand({ RequestItems = {} }, { Responses = {} }) {
      for (const [table, { Keys, ConsistentRead }] of Object.entries(RequestItems) as [string, BatchGet][]) {
        const found = Responses[table] ?? [];
        for (const item of found) read(itemBytes(item), ConsistentRead);
        for (let missing = Keys.length - found.length; missing > 0; missing -= 1) read(0, ConsistentRead);
      }
    },
  };

  client.middlewareStack.add(
    (next, context) => async (args) => {
      const name = context.commandName ?? '';
      const counted = count[name];
      if (!counted) throw new Error(`The meter cannot count ${name}.`);
      const input = args.input as unknown as Input;
      const leave = underWay(keyOf(input.Key ?? input.Item ?? {}));
      // Size and index keys are counted from the item after the update.
      if (name === 'UpdateItemCommand') input.ReturnValues = 'ALL_NEW';
      try {
        const result = await next(args);
        const output = result.output as unknown as Output;
        const { wcu, rcu } = total;
        counted(input, output);
        const reported = output.ConsumedCapacity?.CapacityUnits;
        const units = { wcu: total.wcu - wcu, rcu: total.rcu - rcu };
        seen({ command: name, ...units, alone: leave(), ...(reported === undefined ? {} : { reported }) });
        return result;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) refused(input.Key ?? input.Item ?? {});
        leave();
        throw error;
      }
    },
    { step: 'initialize', name: 'meter' },
  );

  return {
    usage: () => ({ ...total }),
    reset() {
      total = { ...zero };
    },
  };
}

/** Tells for each request whether no other request for its item overlapped. */
function createWatch(): (key: string) => () => boolean {
  const current = new Map<string, { begun: number; ended: number }>();
  return (key) => {
    const item = current.get(key) ?? { begun: 0, ended: 0 };
    current.set(key, item);
    const others = item.begun - item.ended;
    item.begun += 1;
    const mine = item.begun;
    return () => {
      item.ended += 1;
      return others === 0 && item.begun === mine;
    };
  };
}

async function readSchema(client: DynamoDBClient, TableName: string): Promise<Schema> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const named = (schema: { AttributeName?: string | undefined; KeyType?: string | undefined }[] = []): IndexKeys => {
    const of = (type: string) => schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
    const range = of('RANGE');
    return { hash: of('HASH') ?? '', ...(range === undefined ? {} : { range }) };
  };
  const keysOf = ({ hash, range }: IndexKeys) => (range === undefined ? [hash] : [hash, range]);
  for (const { Projection, IndexName } of Table?.GlobalSecondaryIndexes ?? []) {
    if (Projection?.ProjectionType !== 'KEYS_ONLY') throw new Error(`The meter cannot count the index ${IndexName}.`);
  }
  return {
    keys: keysOf(named(Table?.KeySchema)),
    indexes: (Table?.GlobalSecondaryIndexes ?? []).map(({ KeySchema }) => named(KeySchema)),
  };
}
