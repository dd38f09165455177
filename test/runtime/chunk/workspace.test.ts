import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { type ChunkContext, defineApp, defineFlow, type Env, type ExecutionDefaults } from '../../../lib/index.ts';
import type { StartOptions } from '../../../lib/runtime/client/types.ts';
import { createKit } from '../kit.ts';

const text = (content: Uint8Array | undefined) => content && Buffer.from(content).toString();

async function run(
  work: (ctx: ChunkContext<Env, unknown>) => unknown,
  options: { readonly execution?: ExecutionDefaults; readonly start?: StartOptions } = {},
) {
  const flow = defineFlow({
    name: 'files',
    signals: { more: z.null() },
    defaults: { retry: { maxAttempts: 2 } },
    ...(options.execution ? { execution: options.execution } : {}),
  });
  flow.to('work', (ctx) => work(ctx as unknown as ChunkContext<Env, unknown>));
  flow.when('more').to('nothing', () => null);
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start('files', null, { id: 'x', ...options.start });
  await kit.pass(5_000);
  return { kit, view: await kit.view('x') };
}

describe('the workspace of an execution', () => {
  it('stores files by name and ref and lists them; refs can be kept in state', async () => {
    const seen: unknown[] = [];
    const { view } = await run(async (ctx) => {
      const first = await ctx.workspace.put('notes/a.txt', 'one', { contentType: 'text/plain' });
      await ctx.state.set('ref' as never, first as never);
      await ctx.workspace.put('notes/a.txt', 'two');
      await ctx.workspace.put('data.bin', new Uint8Array([1, 2, 3]));
      seen.push(text(await ctx.workspace.get('notes/a.txt')), text(await ctx.workspace.get(first)));
      seen.push(
        await ctx.workspace.get('none'),
        (await ctx.workspace.list()).map(({ name }) => name),
      );
      seen.push((await ctx.workspace.list('notes/')).map(({ name, size }) => [name, size]));
      return first;
    });
    assert.deepEqual(seen, ['two', 'one', undefined, ['data.bin', 'notes/a.txt'], [['notes/a.txt', 3]]]);
    const ref = view.state.ref as { readonly digest: string };
    assert.deepEqual(ref, { name: 'notes/a.txt', size: 3, digest: ref.digest, contentType: 'text/plain' });
    assert.match(ref.digest, /^[A-Za-z0-9_-]{43}$/);
  });

  it('has the files of a failed attempt, and writes accepted ones only once', async () => {
    let puts = 0;
    const flow = defineFlow({ name: 'again', signals: { more: z.null() } });
    flow.to('work', async (ctx) => {
      await ctx.workspace.put('before', 'b');
      await ctx.emit('more', null);
      const ref = await ctx.workspace.put('after', 'a');
      if (ctx.attempt === 1) throw new Error('once more');
      return ref.size;
    });
    flow.when('more').to('nothing', () => null);
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    const worker = kit.worker(({ name }) => {
      if (name === 'artifacts.put') puts += 1;
      return undefined;
    });
    await kit.client.start('again', null, { id: 'x' });
    await kit.pass(5_000, worker);
    assert.deepEqual({ status: (await kit.view('x')).status, puts }, { status: 'completed', puts: 3 });
  });

  it('is private, shared by name, or absent', async () => {
    const both = { name: 'a', workspace: 'team' };
    for (const options of [{ execution: { workspace: both.workspace } }, { start: { workspace: both.workspace } }]) {
      const { kit } = await run((ctx) => ctx.workspace.put(both.name, 'shared').then(() => null), options);
      assert.equal((await kit.ports.artifacts.list('@team', '')).length, 1);
    }
    const own = await run((ctx) => ctx.workspace.put('a', 'own').then(() => null));
    const { head } = await own.kit.load('x');
    assert.equal((await own.kit.ports.artifacts.list(`x#${head.inc}`, '')).length, 1);
    const none = await run((ctx) => ctx.workspace.put('a', 'none'), { start: { workspace: false } });
    assert.deepEqual(
      { status: none.view.status, code: none.view.error?.code },
      { status: 'failed', code: 'missing_resource' },
    );
  });

  it('is kept by a saved and loaded execution', async () => {
    const flow = defineFlow({ name: 'moved', state: { seen: z.string() } });
    flow
      .to('write', (ctx) => ctx.workspace.put('a', 'before').then(() => ctx.pauseFor({ type: 'wait' })))
      .to('read', async (ctx) => ctx.state.set('seen', text(await ctx.workspace.get('a')) ?? 'nothing'));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('moved', null, { id: 'x' });
    await kit.drain();
    await kit.client.load(JSON.parse(JSON.stringify(await kit.client.save('x'))), { id: 'y' });
    const [wait] = (await kit.view('y')).interrupts;
    await kit.client.resume('y', wait?.interruptId ?? '', { value: null });
    await kit.drain();
    assert.deepEqual((await kit.view('y')).state, { seen: 'before' });
  });

  it('refuses invalid names and types, and oversized files', async () => {
    const refused: string[] = [];
    const note = (error: { code?: string }) => void refused.push(error.code ?? 'none');
    await run(async (ctx) => {
      const { workspace } = ctx;
      for (const name of ['', '../a', 'a b', '/a', 'x'.repeat(513)]) await workspace.put(name, '').catch(note);
      await workspace.put('a', '', { contentType: 'text' }).catch(note);
      await workspace.put('a', new Uint8Array(16 * 1024 * 1024 + 1)).catch(note);
      await workspace.get('a b').catch(note);
      await workspace.list('a b').catch(note);
    });
    assert.deepEqual(refused.slice(0, 9), [
      ...Array(6).fill('invalid_value'),
      'value_too_large',
      'invalid_value',
      'invalid_value',
    ]);
  });
});
