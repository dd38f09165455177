import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow, FatalError } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

it('a view shows the input, what is retried, sleeps and waits, and joins with who filled them', async () => {
  const signals = { left: z.number(), right: z.number() };
  const flow = defineFlow({ name: 'busy', signals, defaults: { retry: { initialDelay: 60_000, jitter: 0 } } });
  flow.to('naps', (ctx) => ctx.sleep(3_600_000));
  flow.to('asks', (ctx) => ctx.pauseFor({ type: 'approval' }));
  flow.to('fails', () => {
    throw new Error('no luck');
  });
  flow.to('emits', (ctx) => ctx.emit('left', 1));
  flow.when(['left', 'right']).to('joined', () => null);
  const kit = createKit(defineApp({ flows: [flow] }));
  await kit.client.start('busy', { order: 7 }, { id: 'e1' });
  await kit.drain();
  const { input, doing = [], joins } = await kit.view('e1');
  assert.deepEqual(input, { order: 7 });
  assert.deepEqual(
    doing.map(({ state, chunk, error }) => [state, chunk, error?.message]),
    [
      ['waiting', 'asks', undefined],
      ['retrying', 'fails', 'no luck'],
      ['sleeping', 'naps', undefined],
    ],
  );
  assert.deepEqual(
    doing.map(({ nextAt, until }) => nextAt ?? until),
    [undefined, '2026-01-01T00:01:00.000Z', '2026-01-01T01:00:00.000Z'],
  );
  const [join] = joins ?? [];
  assert.deepEqual(join?.have, [{ name: 'left', at: '2026-01-01T00:00:00.000Z', by: 'emits' }]);
});

it('a view says of how many attempts, what a join lacks, in which sub-flow, and until when it sleeps', async () => {
  const child = defineFlow({ name: 'child', signals: { left: z.null(), right: z.null() } });
  child.to('emits', (ctx) => ctx.emitNowait('left', null));
  child.when(['left', 'right']).to('joined', () => null);
  child.to('naps', (ctx) => ctx.sleep(60_000));
  const flow = defineFlow({ name: 'outer', defaults: { retry: { maxAttempts: 7, initialDelay: 30_000, jitter: 0 } } });
  flow.subFlow(child);
  const tried = defineFlow({ name: 'tried', defaults: { retry: { maxAttempts: 7 } } });
  tried.to('fails', () => {
    throw new Error('no luck');
  });
  const kit = createKit(defineApp({ flows: [flow, tried] }));
  await kit.client.start('outer', null, { id: 'e1' });
  await kit.client.start('tried', null, { id: 'e2' });
  await kit.drain();
  const { status, sleepsUntil, joins = [], doing = [] } = await kit.view('e1');
  assert.deepEqual([status, sleepsUntil], ['waiting', '2026-01-01T00:01:00.000Z']);
  const [{ path, missing } = { path: [], missing: [] }] = joins;
  assert.deepEqual([path, missing], [doing[0]?.path, ['right']]);
  assert.equal(path?.length, 1);
  const [fails] = (await kit.view('e2')).doing ?? [];
  assert.deepEqual([fails?.attempt, fails?.maxAttempts], [1, 7]);
});

it('a view counts the items of open lists, each once', async () => {
  const flow = defineFlow({ name: 'list', defaults: { retry: { maxAttempts: 2, initialDelay: 60_000, jitter: 0 } } });
  flow
    .to('make', () => ['ok', 'ok', 'bad', 'fatal', 'asks', 'naps', 'ok'])
    .forEach(
      (item) =>
        item.to('each', (ctx) => {
          if (ctx.input === 'bad') throw new Error('no luck');
          if (ctx.input === 'fatal') throw new FatalError('never');
          if (ctx.input === 'asks') return ctx.pauseFor({ type: 'approval' });
          return ctx.input === 'naps' ? ctx.sleep(3_600_000) : null;
        }),
      { onItemError: 'collect', concurrency: 6 },
    );
  const kit = createKit(defineApp({ flows: [flow] }));
  await kit.client.start('list', null, { id: 'e1' });
  await kit.drain();
  const counts = async () => {
    const [{ node: _, scope: __, ...rest } = assert.fail('no list is open')] = (await kit.view('e1')).lists ?? [];
    return rest;
  };
  assert.deepEqual(await counts(), { done: 3, running: 0, failed: 1, retrying: 1, waiting: 2, total: 7 });
  await kit.pass(61_000);
  assert.deepEqual(await counts(), { done: 3, running: 0, failed: 2, retrying: 0, waiting: 2, total: 7 });
  const { status, interrupts } = await kit.view('e1');
  assert.equal(status, 'waiting');
  await kit.client.resume('e1', interrupts[0]?.interruptId ?? '', { value: null });
  await kit.pass(3_600_000);
  assert.deepEqual([(await kit.view('e1')).status, (await kit.view('e1')).lists], ['completed', undefined]);
});
