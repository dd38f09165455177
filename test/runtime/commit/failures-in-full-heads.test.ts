import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bytesOf } from '../../../lib/engine/values/pack.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { DEFAULTS, type Parameters } from '../../../lib/runtime/app/parameters.ts';
import { createWorker } from '../../../lib/runtime/worker/worker.ts';
import { createKit } from '../kit.ts';

/** More than the row of a failed attempt grows by. */
const ROW = 160;

/** @returns how large the head was while each attempt ran, and how it ended */
async function attempts(limits: Partial<Parameters> = {}) {
  const sizes: number[] = [];
  const flow = defineFlow({ name: 'full', execution: { history: 'off' } });
  flow.to('fails', async () => {
    sizes.push(bytesOf((await kit.load('x')).head));
    if (sizes.length === 1) throw new Error('not yet');
  });
  // Keeps the lease, so that the commit of the failure lets nothing go.
  flow.to('beside', async () => {
    const isRunning = async () => (await kit.load('x')).head.activations.every(({ fence }) => fence !== undefined);
    while (await isRunning()) await new Promise(setImmediate);
  });
  const app = defineApp({ flows: [flow], resources: {} });
  const kit = createKit(app);
  await kit.client.start('full', null, { id: 'x' });
  await kit.pass(10_000, createWorker(app, kit.ports, { ...DEFAULTS, ...limits }));
  const { status, error } = await kit.view('x');
  return { sizes, status, error };
}

it('an attempt that fails is tried again, also where the head has room for control only', async () => {
  const { sizes } = await attempts();
  const [size = 0] = sizes;
  const tight = await attempts({ headBytes: size - ROW, headBytesAtMost: size + ROW });
  assert.deepEqual([tight.sizes.length, tight.status, tight.error], [2, 'completed', undefined]);
  assert.equal(tight.sizes[0], size);
});
