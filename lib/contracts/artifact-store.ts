import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Artifact, ArtifactStore } from '../ports/artifact-store.ts';
import { randomId } from './samples.ts';
import { suite, together, untilErased } from './suite.ts';

/** Files by digest, in parts. @param create a store; each call may return the same */
export function describeArtifactStore(adapter: string, create: () => Promise<ArtifactStore>): void {
  const { check } = suite('ArtifactStore', adapter);

  check('what was put is found by name and read by digest, byte for byte, whatever its size', async () => {
    const store = await create();
    const space = randomId();
    for (const size of [0, 1, 350 * 1024, 350 * 1024 + 1, 1_200_000]) {
      const content = bytes(size, size);
      const artifact = { ...of(`f${size}`, content), contentType: 'text/plain; charset=utf-8' };
      await store.put(space, artifact, content);
      assert.deepEqual(await store.find(space, artifact.name), artifact);
      assert.deepEqual(await store.read(space, artifact), content, `${size} bytes`);
    }
  });

  check('what is not there is not found', async () => {
    const store = await create();
    const space = randomId();
    const content = bytes(10);
    assert.equal(await store.find(space, 'a'), undefined);
    assert.equal(await store.read(space, of('a', content)), undefined);
    assert.deepEqual(await store.list(space, ''), []);
    await store.put(space, of('a', content), content);
    assert.equal(await store.find(`${space}2`, 'a'), undefined);
    assert.equal(await store.read(`${space}2`, of('a', content)), undefined);
  });

  check('a name that is put again moves on, and the old content stays under its digest', async () => {
    const store = await create();
    const space = randomId();
    const [first, second] = [bytes(400_000, 1), bytes(20, 2)];
    await store.put(space, of('a', first), first);
    await store.put(space, of('a', second), second);
    await store.put(space, of('a', second), second);
    assert.deepEqual(await store.find(space, 'a'), of('a', second));
    assert.deepEqual(await store.read(space, of('a', first)), first);
    assert.equal((await store.list(space, '')).length, 1);
  });

  check('names are listed in order, by their beginning', async () => {
    const store = await create();
    const space = randomId();
    const names = ['b', 'a/2', 'a/10', 'a', 'A', 'a-1', ...Array.from({ length: 30 }, (_, i) => `many/${i}`)];
    await together(names.length, (i) => {
      const content = bytes(5, i);
      return store.put(space, of(names[i] ?? '', content), content);
    });
    const listed = async (prefix: string) => (await store.list(space, prefix)).map(({ name }) => name);
    assert.deepEqual(await listed(''), names.toSorted());
    assert.deepEqual(await listed('a/'), ['a/10', 'a/2']);
    assert.equal((await listed('many/')).length, 30);
  });

  check('what is erased is gone, replaced contents too, and other spaces stay', async () => {
    const store = await create();
    const [space, other] = [randomId(), randomId()];
    const [first, second] = [bytes(400_000, 1), bytes(20, 2)];
    await store.put(space, of('a', first), first);
    await store.put(space, of('a', second), second);
    await store.put(other, of('a', second), second);
    await untilErased(() => store.erase(space));
    assert.deepEqual(await store.list(space, ''), []);
    for (const content of [first, second]) assert.equal(await store.read(space, of('a', content)), undefined);
    assert.deepEqual(await store.read(other, of('a', second)), second);
    assert.equal(await store.erase(space), 'erased');
  });

  check('contents are not shared with the caller', async () => {
    const store = await create();
    const space = randomId();
    const content = bytes(8);
    const ref = of('a', content);
    await store.put(space, ref, content);
    content.fill(0);
    const read = await store.read(space, ref);
    assert.deepEqual(read, bytes(8));
    read?.fill(0);
    assert.deepEqual(await store.read(space, ref), bytes(8));
  });
}

/** The same for the same seed, as a plain `Uint8Array`. */
function bytes(size: number, seed = 7): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed * 7) % 251);
}

function of(name: string, content: Uint8Array): Artifact {
  return { name, size: content.length, digest: createHash('sha256').update(content).digest('base64url') };
}
