/** The test kit's drain resolves when only time can continue the work, and waits for everything else. */
import assert from 'node:assert/strict';
import { pbkdf2, randomBytes, subtle } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createTestkit, type Testkit } from '../../../lib/testing.ts';
import { gate, Tally } from '../kit.ts';

const MINUTE = 60_000;
type Flow = ReturnType<typeof defineFlow>;

function kitOf(wire: (flow: Flow, kit: () => Testkit) => void): Testkit {
  const flow = defineFlow({ name: 'f' });
  wire(flow, () => kit);
  const kit = createTestkit(defineApp({ flows: [flow] }));
  return kit;
}

async function statusOf(kit: Testkit, id = 'x') {
  return (await kit.client.get(id))?.status;
}

describe('drain resolves', () => {
  const never = new Promise<void>(() => undefined);
  const waits: Readonly<Record<string, (flow: Flow, kit: () => Testkit) => void>> = {
    'below an awaited emit whose cascade is tried again': (flow) => {
      const runs = new Tally();
      flow.to('top', (ctx) => ctx.emit('go', 1));
      flow.when('go').to('below', () => {
        if (runs.add('below') === 1) throw new Error('again');
      });
    },
    'below a watched write whose cascade sleeps': (flow) => {
      flow.to('top', (ctx) => ctx.state.set('k', 1));
      flow.when({ state: 'k' }).to('below', (ctx) => ctx.sleep(30_000));
    },
    'in a chunk that ends when its timeout says so': (flow) => {
      const slow = flow.chunk('slow', { timeout: 5_000 }, async (ctx) => {
        if (ctx.attempt > 1) return;
        await new Promise<void>((resolve) => ctx.abort.addEventListener('abort', () => resolve()));
      });
      flow.to(slow);
    },
    'in a chunk that never ends, once its timeout is over': (flow) => {
      flow.to(flow.chunk('hangs', { timeout: 5_000 }, (ctx) => (ctx.attempt > 1 ? undefined : never)));
    },
    'in a chunk that sleeps on the clock': (flow, kit) => {
      flow.to('naps', () => kit().clock.sleep(20_000));
    },
    'in a predicate that sleeps on the clock': (flow, kit) => {
      const later = async () => {
        await kit().clock.sleep(2_000);
        return true;
      };
      flow.match((m) => m.case(later, (p) => p.to('a', () => 1)));
    },
  };
  for (const [where, wire] of Object.entries(waits)) {
    it(`when only time can continue ${where}`, async () => {
      const kit = kitOf(wire);
      await kit.client.start('f', null, { id: 'x' });
      await kit.drain();
      await kit.drain();
      assert.equal(await statusOf(kit), 'running');
      await kit.advance(MINUTE);
      assert.equal(await statusOf(kit), 'completed');
    });
    it(`and advance does not require it ${where}`, async () => {
      const kit = kitOf(wire);
      await kit.client.start('f', null, { id: 'x' });
      await kit.advance(MINUTE);
      assert.equal(await statusOf(kit), 'completed');
    });
  }

  it('before a startAt time or an automatic close', async () => {
    const kit = kitOf((flow) => flow.to('a', () => 1));
    const startAt = new Date(kit.clock.now() + MINUTE).toISOString();
    await kit.client.start('f', null, { id: 'x', startAt });
    await kit.client.start('f', null, { id: 'y', autoCloseTimeout: MINUTE });
    await kit.drain();
    assert.deepEqual({ x: await statusOf(kit), y: await statusOf(kit, 'y') }, { x: 'running', y: 'idle' });
    await kit.advance(2 * MINUTE);
    assert.deepEqual({ x: await statusOf(kit), y: await statusOf(kit, 'y') }, { x: 'completed', y: 'completed' });
  });

  it('when a chunk never ends, and advance fails it in its last attempt', async () => {
    const runs = new Tally();
    const kit = kitOf((flow) =>
      flow.to('hangs', () => {
        runs.add('hangs');
        return never;
      }),
    );
    await kit.client.start('f', null, { id: 'x' });
    await kit.drain();
    await kit.advance(60 * MINUTE);
    const { error } = (await kit.client.get('x')) ?? {};
    assert.deepEqual(
      { code: error?.code, runsOfHangs: runs.of('hangs') },
      { code: 'deadline_exceeded', runsOfHangs: 3 },
    );
  });
});

describe('drain waits', () => {
  it('for files, threads, timers and resources of the test', async () => {
    const { opened, open } = gate();
    const works: Readonly<Record<string, () => Promise<unknown>>> = {
      file: () => readFile(new URL(import.meta.url)),
      thread: () => promisify(gzip)(Buffer.alloc(100_000)),
      timer: () => new Promise((resolve) => setTimeout(resolve, 1)),
      gate: () => opened,
    };
    for (const [name, work] of Object.entries(works)) {
      const kit = kitOf((flow) => flow.to('a', async () => void (await work())));
      await kit.client.start('f', null, { id: 'x' });
      const draining = kit.drain();
      open();
      await draining;
      assert.equal(await statusOf(kit), 'completed', name);
    }
  });

  it('for threads that compute for long', async () => {
    const bytes = randomBytes(30_000_000);
    const works: Readonly<Record<string, () => Promise<unknown>>> = {
      compression: () => promisify(gzip)(bytes),
      'a password hash': () => promisify(pbkdf2)('password', 'salt', 600_000, 64, 'sha512'),
      'a digest': () => subtle.digest('SHA-512', Buffer.concat([bytes, bytes, bytes, bytes])),
    };
    for (const [name, work] of Object.entries(works)) {
      const kit = kitOf((flow) => flow.to('a', async () => void (await work())));
      await kit.client.start('f', null, { id: 'x' });
      await kit.drain();
      assert.equal(await statusOf(kit), 'completed', name);
    }
  });

  it('for other executions while one waits for time', async () => {
    const kit = kitOf((flow, own) =>
      flow.to('a', async (ctx) => {
        if (ctx.execution.id === 'x') await own().clock.sleep(MINUTE);
      }),
    );
    await kit.client.start('f', null, { id: 'x' });
    await kit.client.start('f', null, { id: 'y' });
    await kit.drain();
    assert.deepEqual({ x: await statusOf(kit), y: await statusOf(kit, 'y') }, { x: 'running', y: 'completed' });
  });

  it('for work that starts after time has passed', async () => {
    const kit = kitOf((flow, own) =>
      flow.to('a', async () => {
        await own().clock.sleep(1_000);
        await readFile(new URL(import.meta.url));
        await promisify(gzip)(Buffer.alloc(100_000));
      }),
    );
    await kit.client.start('f', null, { id: 'x' });
    await kit.drain();
    await kit.advance(1_000);
    assert.equal(await statusOf(kit), 'completed');
  });
});
