import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTokens } from '../../../lib/runtime/client/callback-token.ts';
import { memoryKeys, random } from '../../lambda/support.ts';

const scope = { audience: 'callback', tenant: 'prod' };
const claims = { executionId: 'x-1', interruptId: 'Ab_9', generation: 0, expiresAt: 1_772_000_000_000 };
const tokens = createTokens(memoryKeys('a', 'b'), scope);
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('callback tokens', () => {
  it('return the signed claims, also when ids contain separators', async () => {
    for (const interruptId of ['i', 'a.b', 'a","b', 'ä/#\n', '']) {
      const token = await tokens.sign({ ...claims, interruptId });
      assert.match(token, /^v1\.a\.[\w-]+\.[\w-]{43}$/);
      assert.deepEqual(await tokens.verify(token), { ...claims, interruptId });
    }
  });

  it('of links have their own version, with link id and recipient', async () => {
    const link = { ...claims, link: 'l-1' };
    const named = { ...link, to: 'ann","l-2' };
    const signed = await Promise.all([claims, link, named].map((each) => tokens.sign(each)));
    assert.deepEqual(await Promise.all(signed.map((token) => tokens.verify(token))), [claims, link, named]);
    assert.deepEqual(
      signed.map((token) => token.slice(0, 3)),
      ['v1.', 'v2.', 'v2.'],
    );
    for (const token of signed) {
      const other = token.startsWith('v1') ? 'v2' : 'v1';
      assert.equal(await tokens.verify(token.replace(/^v./, other)), undefined, 'the version is signed, too');
    }
  });

  it('are equal for equal claims and different for different ones', async () => {
    const all = [
      claims,
      { ...claims, executionId: 'x-2' },
      { ...claims, interruptId: 'Ab_8' },
      { ...claims, generation: 1 },
      { ...claims, expiresAt: claims.expiresAt + 1 },
    ];
    const signed = await Promise.all([...all, ...all].map((each) => tokens.sign(each)));
    assert.equal(new Set(signed).size, all.length);
  });

  it('do not splice: the same characters split otherwise give another token', async () => {
    const one = await tokens.sign({ executionId: 'ab', interruptId: 'c', generation: 0, expiresAt: 1 });
    const other = await tokens.sign({ executionId: 'a', interruptId: 'bc', generation: 0, expiresAt: 1 });
    assert.notEqual(one, other);
  });

  it('are refused by another tenant, audience or key ring', async () => {
    const token = await tokens.sign(claims);
    const others = [
      createTokens(memoryKeys('a'), { ...scope, tenant: 'test' }),
      createTokens(memoryKeys('a'), { ...scope, audience: 'admin' }),
      createTokens(memoryKeys('b'), scope),
    ];
    for (const other of others) assert.equal(await other.verify(token), undefined);
  });

  it('stay valid after a rotation', async () => {
    const token = await tokens.sign(claims);
    const rotated = createTokens(memoryKeys('b', 'a'), scope);
    assert.deepEqual(await rotated.verify(token), claims);
    assert.match(await rotated.sign(claims), /^v1\.b\./);
  });

  it('are returned after their expiry: the ledger answers first', async () => {
    assert.deepEqual(await tokens.verify(await tokens.sign({ ...claims, expiresAt: 0 })), { ...claims, expiresAt: 0 });
  });

  it('are refused with parts of other tokens, another key id or another version', async () => {
    const one = (await tokens.sign(claims)).split('.');
    const other = (await tokens.sign({ ...claims, interruptId: 'other' })).split('.');
    const swapped = [0, 1, 2, 3].map((i) => one.map((part, k) => (k === i ? other[i] : part)).join('.')).slice(2);
    const forged = [one.with(1, 'b'), one.with(1, 'unknown'), one.with(0, 'v2'), one.slice(0, 3), [...one, '']];
    for (const token of [...swapped, ...forged.map((parts) => parts.join('.'))]) {
      assert.equal(await tokens.verify(token), undefined, token);
    }
  });

  it('have one encoding, including the unused bits of the last character', async () => {
    const token = await tokens.sign(claims);
    const last = ALPHABET.indexOf(token.at(-1) ?? '');
    for (const bits of [1, 2, 3]) {
      const twin = token.slice(0, -1) + ALPHABET[last ^ bits];
      assert.deepEqual(Buffer.from(twin.slice(-43), 'base64url'), Buffer.from(token.slice(-43), 'base64url'));
      assert.equal(await tokens.verify(twin), undefined);
    }
    for (const twin of [`${token}=`, ` ${token}`, `${token}\n`, token.replaceAll('-', '+')]) {
      if (twin !== token) assert.equal(await tokens.verify(twin), undefined);
    }
  });

  it('are refused over 2,048 characters before a key is read', async () => {
    const asked: string[] = [];
    const ring = {
      ...memoryKeys('a'),
      find: async (kid: string) => {
        asked.push(kid);
        return undefined;
      },
    };
    assert.equal(await createTokens(ring, scope).verify(`v1.a.${'A'.repeat(2_048)}.${'A'.repeat(43)}`), undefined);
    assert.deepEqual(asked, []);
    await assert.rejects(tokens.sign({ ...claims, interruptId: 'i'.repeat(2_048) }), { code: 'value_too_large' });
  });

  it('reject 20,000 mutations', async () => {
    const below = random(7);
    const token = await tokens.sign(claims);
    const mutations = [
      (text: string, at: number) => text.slice(0, at),
      (text: string, at: number) => text.slice(at),
      (text: string, at: number) => text.slice(0, at) + ALPHABET[below(64)] + text.slice(at + 1),
      (text: string, at: number) => text.slice(0, at) + String.fromCharCode(below(0x10000)) + text.slice(at),
      (text: string, at: number) => text.slice(0, at) + text.slice(at + 1 + below(4)),
      (text: string, at: number) =>
        text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << below(8))) + text.slice(at + 1),
    ];
    for (let i = 0; i < 20_000; i += 1) {
      let mutant = token;
      for (let n = below(3); n >= 0; n -= 1) mutant = mutations[below(6)]?.(mutant, below(mutant.length)) ?? '';
      if (mutant !== token) assert.equal(await tokens.verify(mutant), undefined, JSON.stringify(mutant));
    }
  });
});
