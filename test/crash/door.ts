/** HTTP calls of a patient caller, which repeats a call with its key until it is answered. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Call {
  readonly method?: 'GET' | 'POST';
  readonly key?: string;
  readonly body?: unknown;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly replayed: boolean;
}

/** How long a caller retries; far above every asserted limit. */
export const PATIENCE_MS = 150_000;
const PAUSE_MS = 50;

/** Retries while there is no answer or a 5xx. @throws Error after `PATIENCE_MS` */
export async function call(url: string, { method = 'GET', key, body }: Call = {}): Promise<Reply> {
  const end = Date.now() + PATIENCE_MS;
  const headers = {
    connection: 'close',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  };
  for (let last = ''; ; ) {
    try {
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(url, { method, headers, ...content, signal: AbortSignal.timeout(15_000) });
      const text = await response.text();
      if (response.status < 500) {
        return { status: response.status, text, replayed: response.headers.get('idempotent-replay') === 'true' };
      }
      last = `${response.status} ${text}`;
    } catch (error) {
      last = String(error);
    }
    if (Date.now() > end) throw new Error(`${method} ${new URL(url).pathname}: no answer, at last ${last}`);
    await sleep(PAUSE_MS);
  }
}

/** Waits for asynchronous work of others. @throws Error after `ms` */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>, what: string, ms = PATIENCE_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`Not within ${ms} ms: ${what}`);
    await sleep(PAUSE_MS);
  }
}
