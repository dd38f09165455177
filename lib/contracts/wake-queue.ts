import assert from 'node:assert/strict';
import type { Delayed, WakeMessage, WakeQueue } from '../ports/wake-queue.ts';
import { randomId } from './samples.ts';
import { suite } from './suite.ts';

/** A queue as the suite drives it. */
export interface QueueFixture {
  readonly queue: WakeQueue;
  /** Takes up to `max` due messages and deletes them. */
  take(max: number): Promise<readonly WakeMessage[]>;
  /** Waits until delays of up to `seconds` have passed. */
  pass(seconds: number): Promise<void>;
}

/** Delayed messages are never early. @param create an empty queue */
export function describeWakeQueue(adapter: string, create: () => Promise<QueueFixture>): void {
  const { check } = suite('WakeQueue', adapter);
  const now = (message: WakeMessage): Delayed => ({ message, delaySeconds: 0 });
  const drain = async (fixture: QueueFixture) => {
    const all: WakeMessage[] = [];
    for (let some = await fixture.take(10); some.length > 0; some = await fixture.take(10)) all.push(...some);
    return all.map((message) => JSON.stringify(message)).sort();
  };
  const texts = (messages: readonly WakeMessage[]) => messages.map((message) => JSON.stringify(message)).sort();

  check('messages of every kind arrive as they were sent', async () => {
    const fixture = await create();
    const messages: WakeMessage[] = [
      { executionId: randomId(), kind: 'wake' },
      { executionId: randomId(), kind: 'timer' },
      { executionId: randomId(), kind: 'timer', due: 1_767_225_600_000 },
    ];
    await fixture.queue.send(messages.map(now));
    assert.deepEqual(await drain(fixture), texts(messages));
  });

  check('any number at once, none included', async () => {
    const fixture = await create();
    await fixture.queue.send([]);
    assert.deepEqual(await drain(fixture), []);
    const messages = Array.from({ length: 37 }, (): WakeMessage => ({ executionId: randomId(), kind: 'wake' }));
    await fixture.queue.send(messages.map(now));
    assert.deepEqual(await drain(fixture), texts(messages));
  });

  check('a delayed message comes after its delay', async () => {
    const fixture = await create();
    const early: WakeMessage = { executionId: randomId(), kind: 'wake' };
    const late: WakeMessage = { executionId: randomId(), kind: 'timer' };
    await fixture.queue.send([{ message: late, delaySeconds: 1 }, now(early)]);
    assert.deepEqual(await drain(fixture), texts([early]));
    await fixture.pass(1);
    assert.deepEqual(await drain(fixture), texts([late]));
  });
}
