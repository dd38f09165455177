/** Announcements by a separate process: the worker only names executions that have some. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMemoryQueue, type MemoryQueue } from '../../../lib/adapters/memory/queue.ts';
import { createMemoryExchange } from '../../../lib/exchange.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { DEFAULTS } from '../../../lib/runtime/app/parameters.ts';
import { createAnnouncer } from '../../../lib/runtime/worker/announcer.ts';
import { createWorker } from '../../../lib/runtime/worker/worker.ts';
import { createKit } from '../kit.ts';

const flow = defineFlow({ name: 'waiting', execution: { autoClose: false } });
for (const name of ['first', 'second', 'third']) {
  flow.to(name, (ctx) => ctx.pauseFor({ type: name, ...(name === 'third' ? { channel: 'nobody' } : {}) }));
}

function deployment() {
  const exchange = createMemoryExchange();
  const app = defineApp({ flows: [flow], resources: {}, exchange: { default: () => exchange } });
  const kit = createKit(app);
  const announcements = createMemoryQueue({ clock: kit.clock });
  const worker = createWorker(app, kit.ports, DEFAULTS, { announcements });
  const link = async ({ interruptId }: { interruptId: string }) => `https://cb/${interruptId}`;
  const announcer = createAnnouncer(app, kit.ports, DEFAULTS, link);
  /** Delivers the present messages. */
  const announce = async (): Promise<number> => {
    const messages = received(announcements);
    for (const id of messages) await announcer.announce(id);
    return messages.length;
  };
  return { exchange, kit, worker, announce };
}

function received(queue: MemoryQueue): string[] {
  const ids: string[] = [];
  for (let [next] = queue.receive(1); next; [next] = queue.receive(1)) {
    ids.push(next.message.executionId);
    queue.ack(next.receipt);
  }
  return ids;
}

describe('announcements by a separate process', () => {
  it('are requested by one message, made with the callback URL, and cleared', async () => {
    const { exchange, kit, worker, announce } = deployment();
    await kit.client.start('waiting', null, { id: 'x' });
    await kit.drain(worker);
    assert.deepEqual(exchange.announcements, [], 'the worker calls no provider');
    assert.ok((await announce()) <= 2, 'waits of one commit share a message');
    assert.deepEqual(exchange.announcements.map(({ type }) => type).sort(), ['first', 'second']);
    for (const { callbackUrl, interruptId } of exchange.announcements) {
      assert.equal(callbackUrl, `https://cb/${interruptId}`);
    }
    const { head } = await kit.load('x');
    assert.deepEqual(
      head.outbox.filter(({ kind }) => kind === 'announce'),
      [],
    );
  });

  it('are repeated until the provider acknowledges, also after a lost message', async () => {
    const { exchange, kit, worker, announce } = deployment();
    exchange.refuse(2);
    await kit.client.start('waiting', null, { id: 'x' });
    await kit.drain(worker);
    await announce();
    assert.ok(kit.logs.some((line) => line.startsWith('wait not announced')));
    // The sweep wakes the worker, which requests again; this message is lost.
    await kit.pass(60_000, worker);
    for (let minutes = 0; minutes < 5; minutes += 1) {
      await kit.pass(60_000, worker);
      await announce();
    }
    const ids = new Set(exchange.announcements.map(({ id }) => id));
    assert.equal(ids.size, 2);
    const { head } = await kit.load('x');
    assert.deepEqual(
      head.outbox.filter(({ kind }) => kind === 'announce'),
      [],
    );
  });

  it('of a host-leased execution are made by the host', async () => {
    const { exchange, kit, worker, announce } = deployment();
    await kit.client.start('waiting', null, { id: 'x' });
    await kit.drain(worker);
    await kit.client.claim('x', 'host', 60_000);
    await announce();
    assert.deepEqual(exchange.announcements, []);
  });

  it('for an unknown execution are ignored', async () => {
    const { kit, exchange } = deployment();
    const announcer = createAnnouncer(defineApp({ flows: [flow], resources: {} }), kit.ports, DEFAULTS);
    await announcer.announce('nobody');
    assert.deepEqual(exchange.announcements, []);
  });
});
