/** The SDK client, and how its failures are read. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
  DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb';
import { FlowError } from '../../errors/errors.ts';
import type { Clock } from '../../ports/system.ts';

export interface Table {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Pick<Clock, 'sleep'>;
}

const TRIES = 6;
const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'InternalServerError',
]);

/**
 * A client that sends each request once. A conditional write that the SDK repeated by itself after a lost answer would
 * meet its own effect and look like a lost race; calls that may be repeated are repeated by the stores.
 */
export function createDynamoClient(options: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    ...options,
    maxAttempts: 1,
  });
}

/** The condition did not hold, so nothing was written. */
export function isRefused(error: unknown): boolean {
  return error instanceof ConditionalCheckFailedException;
}

/** Repeats a call that may be repeated while the service or the way to it fails; other errors pass at once. */
export async function repeatable<T>({ clock }: Pick<Table, 'clock'>, call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (tries >= TRIES || !isPassing(error)) throw error;
      await pause(clock, tries);
    }
  }
}

/**
 * Sends what a batch call left unprocessed again until nothing is left.
 * @param call answers the rest, or `undefined` when all is done
 */
export async function untilProcessed<T>(
  table: Table,
  first: T,
  call: (batch: T) => Promise<T | undefined>,
): Promise<void> {
  let rest: T | undefined = first;
  for (let tries = 1; rest !== undefined; tries += 1) {
    if (tries > TRIES) throw new Error(`DynamoDB left a part of the batch unprocessed ${TRIES} times`);
    if (tries > 1) await pause(table.clock, tries);
    const batch: T = rest;
    rest = await repeatable(table, () => call(batch));
  }
}

/** Runs `call` for every item, at most `width` at a time; after a failure begins no more and throws it. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  call: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) await call(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}

export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function isPassing(error: unknown): boolean {
  if (FlowError.is(error)) return false;
  if (!(error instanceof DynamoDBServiceException)) return true;
  return THROTTLED.has(error.name) || (error.$metadata.httpStatusCode ?? 0) >= 500;
}

function pause(clock: Pick<Clock, 'sleep'>, tries: number): Promise<void> {
  return clock.sleep(25 * 2 ** tries);
}
