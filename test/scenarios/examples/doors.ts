/** The driver of the examples: start, read, answer, stream. */
import assert from 'node:assert/strict';
import { type Driver, type Execution, fieldsOf, linkTo } from '../drivers/driver.ts';

export interface Example extends Driver {
  /** The announcements sent to the approval webhook or its substitute. */
  announced(): readonly { readonly id: string; readonly interruptId: string; readonly callbackUrl?: string }[];
}

interface Streamed<Item> {
  readonly items: readonly { readonly seq: number; readonly chunk: string; readonly item: Item }[];
  readonly ended: boolean;
}

export function doorsOf(driver: Driver, flow: string) {
  const read = async <T>(target: string): Promise<T> => {
    const answer = await driver.send('GET', target);
    assert.equal(answer.status, 200, answer.text);
    return JSON.parse(answer.text) as T;
  };
  const execution = (id: string) =>
    read<Execution & { readonly error?: { readonly code: string } }>(`/executions/${id}`);
  const start = (id: string, input: unknown, options?: object) =>
    driver.send('POST', `/flows/${flow}/executions`, {
      headers: { 'idempotency-key': id },
      body: { input, ...(options ? { options } : {}) },
    });
  const reach = (id: string, status: string) =>
    driver.until(
      () => execution(id),
      (seen) => seen.status === status,
    );
  return {
    read,
    execution,
    start,
    reach,
    post: (target: string, body?: unknown, key?: string) =>
      driver.send('POST', target, { body, ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }) }),
    async run(id: string, input: unknown) {
      const started = await start(id, input);
      assert.equal(started.status, 202, started.text);
      return reach(id, 'completed');
    },
    async waiting(id: string, input: unknown) {
      const started = await start(id, input);
      assert.equal(started.status, 202, started.text);
      const [wait, ...more] = (await reach(id, 'waiting')).interrupts;
      assert.ok(wait && more.length === 0);
      return linkTo(driver, wait);
    },
    async answer(callbackUrl: string, value: unknown, status = 200) {
      const answer = await driver.send('POST', callbackUrl, { body: { value } });
      assert.equal(answer.status, status, answer.text);
      return fieldsOf(answer);
    },
    /** The stream items of chunks. */
    async stream<Item>(id: string) {
      const page = await read<Streamed<Item>>(`/executions/${id}/stream`);
      return page.items.filter(({ chunk }) => !chunk.startsWith('$'));
    },
  };
}
