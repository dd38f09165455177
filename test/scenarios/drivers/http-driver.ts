/** The service as `npm start` runs it, on free ports and its own folder, and an independent AWS client. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LOCAL_ACCESS } from '../../../infra/local/endpoint/provision.ts';
import { type Host, startHost } from '../../../infra/local/host.ts';
import { createDynamoStores } from '../../../lib/adapters/dynamodb/stores.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { SYSTEM_CHUNK } from '../../../lib/runtime/worker/outbox.ts';
import { HANG_MS } from '../../limits.ts';
import { exchange } from '../exchange.ts';
import type { Driver } from './driver.ts';

export interface HttpDriver extends Driver {
  readonly host: () => Host;
  readonly dynamo: () => DynamoDBClient;
  readonly tableName: () => string;
  /** Lines that the handlers logged with this message. */
  logged(message: string): readonly Readonly<Record<string, unknown>>[];
}

/** @param options.app path of a module that replaces the app of the project */
export async function openHttp(
  options: { readonly app?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<HttpDriver> {
  const dataDir = await mkdtemp(join(tmpdir(), 'refund-'));
  const output = captureLog();
  const faults: string[] = [];
  const open = async (port: number) => {
    const host = await startHost({ ...options, port, dataDir, log: (line) => faults.push(line) });
    const dynamo = new DynamoDBClient({ endpoint: host.endpoint, ...LOCAL_ACCESS });
    const tableName = host.environment.TABLE_NAME ?? assert.fail('TABLE_NAME');
    return { host, dynamo, tableName, stores: createDynamoStores({ client: dynamo, tableName, clock: systemClock }) };
  };
  const end = async () => {
    current.dynamo.destroy();
    await current.host.close();
  };
  let current = await open(0);
  const { url: baseUrl } = current.host;
  const load = (executionId: string) => current.stores.executions.load(executionId);

  return {
    baseUrl,
    host: () => current.host,
    dynamo: () => current.dynamo,
    tableName: () => current.tableName,
    send: (method, target, request) => exchange({ url: baseUrl }, method, target.replace(baseUrl, ''), request),
    until: poll,
    async tick() {
      const before = Date.now();
      await poll(
        async () => Date.now(),
        (now) => now > before,
      );
    },
    record: load,
    async stream(executionId) {
      const record = await load(executionId);
      const items = record ? await current.stores.streams.read({ executionId, inc: record.head.inc }, 0, 100) : [];
      return items.filter(({ chunk }) => chunk !== SYSTEM_CHUNK);
    },
    /** Ends the host and starts it again on the same folder and port. */
    async restart() {
      await end();
      current = await open(Number(new URL(baseUrl).port));
    },
    logged: (message) => output.lines.filter((line) => line.message === message),
    faults() {
      const bad = output.lines.filter((line) => line.level !== 'info').map((line) => JSON.stringify(line));
      return [...faults, ...bad, ...output.complaints];
    },
    async close() {
      try {
        await end();
      } finally {
        output.release();
        await rm(dataDir, { recursive: true });
      }
    },
  };
}

async function poll<T>(read: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  const end = Date.now() + HANG_MS;
  for (;;) {
    const value = await read();
    if (wanted(value)) return value;
    assert.ok(Date.now() < end, `still ${JSON.stringify(value)}`);
    await sleep(20);
  }
}

/** The handlers run in this process: captures their JSON lines and other output. */
function captureLog() {
  const lines: Record<string, unknown>[] = [];
  const complaints: string[] = [];
  const releaseOut = tap(process.stdout, (text) => {
    const isLine = text.startsWith('{"level":');
    if (isLine) lines.push(JSON.parse(text) as Record<string, unknown>);
    return isLine;
  });
  const releaseErr = tap(process.stderr, (text) => {
    if (!text.startsWith('(')) complaints.push(text);
    return false;
  });
  return {
    lines,
    complaints,
    release() {
      releaseOut();
      releaseErr();
    },
  };
}

/** @param take selects the texts to hold back */
function tap(stream: NodeJS.WriteStream, take: (text: string) => boolean): () => void {
  const { write } = stream;
  stream.write = ((chunk: Uint8Array | string, ...rest: never[]) =>
    (typeof chunk === 'string' && take(chunk)) || write.call(stream, chunk, ...rest)) as typeof write;
  return () => {
    stream.write = write;
  };
}
