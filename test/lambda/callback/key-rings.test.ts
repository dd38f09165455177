import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createFileKeyRing } from '../../../lib/adapters/file-keys.ts';
import { createSsmKeyRing } from '../../../lib/adapters/ssm/key-ring.ts';

const secrets = new Map(['one', 'two'].map((kid) => [kid, randomBytes(32).toString('base64url')]));

function keyDocument(current: string, ...kids: readonly string[]): string {
  return JSON.stringify({ current, keys: Object.fromEntries(kids.map((kid) => [kid, secrets.get(kid)])) });
}

/** A parameter that tests change and break; counts its reads. */
function parameter(first: string) {
  const fake = { value: first, broken: false, reads: 0, now: 1_000_000 };
  const send = async () => {
    fake.reads += 1;
    if (fake.broken) throw new Error('SSM is away');
    return { Parameter: { Value: fake.value } };
  };
  const client = { send } as unknown as Parameters<typeof createSsmKeyRing>[0]['client'];
  return { fake, ring: createSsmKeyRing({ client, parameterName: '/keys', clock: { now: () => fake.now } }) };
}

describe('key ring of a parameter', () => {
  it('is read once for all callers, and again after five minutes', async () => {
    const { fake, ring } = parameter(keyDocument('one', 'one'));
    const [key] = await Promise.all([ring.current(), ring.current(), ring.find('one')]);
    assert.equal(key.kid, 'one');
    assert.equal(Buffer.from(key.secret).toString('base64url'), secrets.get('one'));
    fake.now += 299_999;
    await ring.current();
    assert.equal(fake.reads, 1);
    fake.value = keyDocument('two', 'one', 'two');
    fake.now += 1;
    assert.equal((await ring.current()).kid, 'two');
    assert.equal((await ring.find('one'))?.kid, 'one');
    assert.equal(fake.reads, 2);
  });

  it('is read again for an unknown key id, at a limited rate', async () => {
    const { fake, ring } = parameter(keyDocument('one', 'one'));
    await ring.current();
    fake.value = keyDocument('two', 'one', 'two');
    fake.now += 30_000;
    assert.equal((await ring.find('two'))?.kid, 'two');
    assert.equal(fake.reads, 2);
    for (let i = 0; i < 1_000; i += 1) assert.equal(await ring.find(`made-up-${i}`), undefined);
    assert.equal(fake.reads, 2);
  });

  it('keeps its keys while the parameter cannot be read', async () => {
    const { fake, ring } = parameter(keyDocument('one', 'one'));
    await ring.current();
    fake.broken = true;
    fake.now += 3_600_000;
    assert.equal((await ring.current()).kid, 'one');
    assert.equal(await ring.find('two'), undefined);
  });

  it('fails until a first read succeeds', async () => {
    const { fake, ring } = parameter(keyDocument('one', 'one'));
    fake.broken = true;
    await assert.rejects(ring.current(), /SSM is away/);
    fake.broken = false;
    assert.equal((await ring.current()).kid, 'one');
  });

  it('refuses an invalid key ring without quoting it', async () => {
    const secret = secrets.get('one') ?? '';
    const documents = ['', 'null', secret, `{"current":"one"`, keyDocument('two', 'one')];
    const other = [
      { current: 'a b', keys: { 'a b': secret } },
      { current: 'a', keys: { a: `${secret}A` } },
    ];
    for (const text of [...documents, ...other.map((each) => JSON.stringify(each))]) {
      await assert.rejects(parameter(text).ring.current(), (error: Error) => {
        assert.equal(Object(error).code, 'missing_setting');
        assert.ok(!error.message.includes(secret) && error.cause === undefined);
        return true;
      });
    }
  });
});

describe('key ring of a file', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keys-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('generates one key for all concurrent and later processes', async () => {
    const path = join(folder, 'deep', 'keys.json');
    const racers = await Promise.all(Array.from({ length: 20 }, () => createFileKeyRing(path).current()));
    const later = await createFileKeyRing(path).current();
    for (const key of racers) assert.deepEqual(key, later);
    assert.equal(later.secret.length, 32);
    assert.deepEqual((await createFileKeyRing(path).find(later.kid))?.secret, later.secret);
    assert.equal(await createFileKeyRing(path).find('other'), undefined);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(join(folder, 'deep')), ['keys.json']);
  });

  it('does not overwrite an unreadable file', async () => {
    const path = join(folder, 'broken.json');
    await writeFile(path, 'not a key ring');
    await assert.rejects(createFileKeyRing(path).current(), { code: 'missing_setting' });
    assert.equal((await stat(path)).size, 14);
  });
});
