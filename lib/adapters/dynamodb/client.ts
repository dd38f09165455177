/** The SDK client, its retries and its errors. */
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
 * Creates a client that sends each request once. If the SDK retried a conditional write after a lost response, the
 * write would fail on its own effect and look like a lost race. The stores retry idempotent calls themselves.
 */
export function createDynamoClient(options: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    ...options,
    maxAttempts: 1,
  });
}

/** Whether the condition of a write failed, so nothing was written. */
export function isRefused(error: unknown): boolean {
  return error instanceof ConditionalCheckFailedException;
}

/** Whether the condition of a write held; otherwise nothing was written. Throws other errors. */
export async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isRefused(error)) return false;
    throw error;
  }
}

/** Whether the role of the caller does not allow the call. */
export function isDenied(error: unknown): boolean {
  return error instanceof DynamoDBServiceException && error.name === 'AccessDeniedException';
}

/** Retries an idempotent call on service and network errors; throws other errors at once. */
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
 * Retries the unprocessed rest of a batch call until nothing is left. A call that leaves less than it was given has made
 * progress: a response of many large items comes in portions.
 * @param call returns the unprocessed rest, or `undefined` when all is done
 * @throws Error after `TRIES` calls in a row without progress
 */
export async function untilProcessed<Item>(
  table: Table,
  all: readonly Item[],
  call: (batch: Item[]) => Promise<readonly Item[] | undefined>,
): Promise<void> {
  let left = [...all];
  for (let stalled = 0; left.length > 0; ) {
    const batch = left;
    const { length } = batch;
    const rest = (await repeatable(table, () => call(batch))) ?? [];
    stalled = rest.length < length ? 0 : stalled + 1;
    if (stalled === TRIES)
      throw new Error(
        `DynamoDB table ${table.tableName}: a part of a batch was left unprocessed ${TRIES} times. Check whether the table is throttled.`,
      );
    left = [...rest];
    if (left.length > 0) await pause(table.clock, stalled + 1);
  }
}

/**
 * Runs `call` for every item, at most `width` at a time. After a failure it starts no more calls and throws the error.
 */
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
