import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { bytesOf } from '../../../lib/engine/values/pack.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit, type Kit } from '../kit.ts';

const itemOf = (n: number) => ({ n, text: `${n}`.padEnd(100, '.') });
const itemsOf = (count: number) => Array.from({ length: count }, (_, n) => itemOf(n));

const Item = z.object({ n: z.number(), text: z.string() });
const flow = defineFlow({
  name: 'rows',
  state: { rows: z.array(Item), size: z.number(), few: z.array(z.number()).max(3), seen: z.number() },
  signals: { count: z.null(), clear: z.null(), wrong: z.unknown(), many: z.number() },
  execution: { autoClose: false, history: 'off' },
});
flow.when('count').to('count', async (ctx) => ctx.state.set('size', (await ctx.state.get('rows'))?.length ?? 0));
flow.when('clear').to('clear', (ctx) => ctx.state.set('rows', []));
flow.when('wrong').to('add-wrong', (ctx) => ctx.state.append('rows', ctx.input as z.infer<typeof Item>));
flow.when('many').to('add-many', async (ctx) => {
  for (let n = 0; n < 5; n += 1) await ctx.state.append('few', n);
});

/** Counts what goes to and comes from the store of values. */
function watch(kit: Kit) {
  const seen = { put: 0, read: 0, refs: new Set<string>(), dropped: new Set<string>() };
  const { values } = kit.ports;
  const { put, get, drop } = { put: values.put, get: values.get, drop: values.drop };
  values.put = (owner, stored) => {
    for (const [ref, value] of stored) {
      seen.put += bytesOf(value);
      seen.refs.add(ref);
    }
    return put.call(values, owner, stored);
  };
  values.get = (owner, refs) => {
    seen.read += refs.length;
    return get.call(values, owner, refs);
  };
  values.drop = (owner, refs, at) => {
    for (const ref of refs) seen.dropped.add(ref);
    return drop.call(values, owner, refs, at);
  };
  return seen;
}

async function grown(count: number, parameters: { readonly headFormat?: 1 | 2 } = {}) {
  const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters });
  const seen = watch(kit);
  await kit.client.start('rows', null, { id: 'x' });
  const sizes: number[] = [];
  for (let n = 0; n < count; n += 1) {
    await kit.client.state('x').append('rows', itemOf(n));
    sizes.push(bytesOf((await kit.load('x')).head));
  }
  return { kit, seen, sizes };
}

describe('a state key that grows by append', () => {
  it('stores each item once and reads none of them; the head stays small', async () => {
    const { kit, seen, sizes } = await grown(1_500);
    const all = bytesOf(itemsOf(1_500));
    assert.ok(seen.put < all * 1.2, `${seen.put} bytes stored for ${all}`);
    assert.ok(seen.read <= 2, `${seen.read} values read`);
    const [early, late] = [Math.max(...sizes.slice(200, 700)), Math.max(...sizes.slice(1_000))];
    assert.ok(late < early + 500, `${early}, later ${late} bytes of head`);
    assert.deepEqual((await kit.view('x')).state.rows, itemsOf(1_500));
  });

  it('is read whole by chunks, and is deleted whole', async () => {
    const { kit, seen } = await grown(1_500);
    await kit.client.signal('x', 'count', null);
    await kit.drain();
    assert.equal((await kit.view('x')).state.size, 1_500);
    await kit.client.signal('x', 'clear', null);
    await kit.drain();
    assert.deepEqual(seen.dropped, seen.refs);
  });

  it('is copied by save, load and fork, which grow apart', async () => {
    const { kit } = await grown(200);
    await kit.client.load(await kit.client.save('x'), { id: 'y' });
    await kit.client.signal('x', 'wrong', 5);
    await kit.drain();
    assert.equal((await kit.client.fork('x', { id: 'z' })).kind, 'forked');
    await kit.client.state('y').append('rows', itemOf(1_000));
    await kit.client.state('z').append('rows', itemOf(2_000));
    const [x, y, z] = await Promise.all(['x', 'y', 'z'].map(async (id) => (await kit.view(id)).state.rows));
    assert.deepEqual(x, itemsOf(200));
    assert.deepEqual(y, [...itemsOf(200), itemOf(1_000)]);
    assert.deepEqual(z, [...itemsOf(200), itemOf(2_000)]);
  });

  it('checks each item by the schema, and the whole list where the schema asks for it', async () => {
    const { kit } = await grown(20);
    await assert.rejects(kit.client.state('x').append('rows', { n: 'one', text: '' }), {
      code: 'invalid_value',
      message: /^state\.rows\[\]\.n: /,
    });
    await kit.client.signal('x', 'many', 5);
    await kit.drain();
    const { error, state } = await kit.view('x');
    assert.deepEqual([error?.code, error?.chunk, state.few], ['invalid_value', 'add-many', undefined]);
  });

  it('keeps format 1 of the head while older workers run', async () => {
    const { kit } = await grown(30, { headFormat: 1 });
    assert.equal((await kit.load('x')).head.format, 1);
    assert.deepEqual((await kit.view('x')).state.rows, itemsOf(30));
  });

  it('has at most 16 MB', async () => {
    const open = defineFlow({ name: 'open', execution: { autoClose: false } });
    open.when('add').to('add', (ctx) => ctx.state.append('rows', 'x'.repeat(6_000_000)));
    const kit = createKit(defineApp({ flows: [open], resources: {} }));
    await kit.client.start('open', null, { id: 'x' });
    for (let n = 0; n < 3; n += 1) await kit.client.signal('x', 'add', null);
    await kit.drain();
    const { error, state } = await kit.view('x');
    assert.deepEqual([error?.code, error?.chunk], ['value_too_large', 'add']);
    assert.equal((state.rows as string[]).length, 2);
  });
});
