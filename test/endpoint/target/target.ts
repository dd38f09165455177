/** The interface of a scenario to an endpoint: the service through its API, and its table and queues directly. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { createDynamoStores } from '../../../lib/adapters/dynamodb/stores.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { SYSTEM_CHUNK } from '../../../lib/runtime/worker/outbox.ts';
import { HANG_MS } from '../../limits.ts';
import type { Answer, Driver } from '../../scenarios/drivers/driver.ts';
import { type Door, exchange } from '../../scenarios/exchange.ts';

export interface Target {
  readonly driver: Driver;
  /** Sends the request without authentication. */
  readonly unsigned: (method: string, path: string) => Promise<Answer>;
  readonly sqs: SQSClient;
  readonly queues: { readonly wake: string; readonly dead: string; readonly schedules: string };
  /** `npm run dead-letters`, with or without `--purge`. */
  redrive(purge: boolean): Promise<Redriven>;
  /** `npm run -s cli`, on the stage: its output. Absent where there is no stage. @throws Error when it fails */
  cli?(args: readonly string[]): Promise<string>;
  /** Milliseconds of a lease on this endpoint. */
  readonly lease: number;
  close(): Promise<void>;
}

/** The number of messages that were returned, and not returned. */
export interface Redriven {
  readonly messages: { readonly moved: number; readonly left: number };
  readonly starts: { readonly moved: number; readonly left: number };
}

export interface DriverOptions {
  readonly door: Door;
  /** The prefix of callback URLs. */
  readonly baseUrl: string;
  readonly dynamo: DynamoDBClient;
  readonly tableName: string;
}

export function createDriver(options: DriverOptions): Pick<Target, 'driver' | 'unsigned'> {
  const { door, baseUrl, dynamo, tableName } = options;
  const stores = createDynamoStores({ client: dynamo, tableName, clock: systemClock });
  const load = (executionId: string) => stores.executions.load(executionId);
  // A callback needs only its token.
  const { sign: _, ...open } = door;
  const driver: Driver = {
    baseUrl,
    send(method, target, request) {
      const path = target.replace(baseUrl, '');
      return exchange(path.startsWith('/callbacks/') ? open : door, method, path, request);
    },
    until: poll,
    tick: () => sleep(2),
    record: load,
    async stream(executionId) {
      const record = await load(executionId);
      if (!record) return [];
      const items = await stores.streams.read({ executionId, inc: record.head.inc }, 0, 100);
      return items.filter(({ chunk }) => chunk !== SYSTEM_CHUNK);
    },
    faults: () => [],
    // The endpoint starts and ends processes itself.
    restart: async () => undefined,
    close: async () => undefined,
  };
  return { driver, unsigned: (method, path) => exchange(open, method, path) };
}

export async function poll<T>(read: () => Promise<T>, wanted: (value: T) => boolean, patience = HANG_MS): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const value = await read();
    if (wanted(value)) return value;
    assert.ok(Date.now() < end, `after ${patience} ms still ${JSON.stringify(value)}`);
    await sleep(100);
  }
}
