import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { header, idempotencyKey, MAX_BODY_BYTES, readJson, readText } from '../../../lib/adapters/lambda/http/body.ts';
import { FlowError } from '../../../lib/errors/errors.ts';
import { random } from '../support.ts';

const any = z.strictObject({ input: z.unknown() });
const read = (body: string | undefined, isBase64Encoded = false) =>
  readJson({ isBase64Encoded, ...(body === undefined ? {} : { body }) }, any);

describe('request bodies', () => {
  it('are read plain and as base64', () => {
    const text = JSON.stringify({ input: { 'ä€😀': [1, null] } });
    assert.deepEqual(read(text), JSON.parse(text));
    assert.deepEqual(read(Buffer.from(text).toString('base64'), true), JSON.parse(text));
  });

  it('may have 256 KB, counted in bytes', () => {
    const full = 'x'.repeat(MAX_BODY_BYTES);
    assert.equal(readText({ body: full, isBase64Encoded: false }).length, MAX_BODY_BYTES);
    assert.equal(readText({ body: Buffer.from(full).toString('base64'), isBase64Encoded: true }).length, full.length);
    const wide = 'é'.repeat(MAX_BODY_BYTES / 2 + 1);
    for (const body of [`${full}x`, wide]) {
      assert.throws(() => readText({ body, isBase64Encoded: false }), { code: 'body_too_large' });
      const encoded = Buffer.from(body).toString('base64');
      assert.throws(() => readText({ body: encoded, isBase64Encoded: true }), { code: 'body_too_large' });
    }
  });

  const bad: readonly (readonly [string, string | undefined, string])[] = [
    ['nothing', undefined, 'body'],
    ['empty', '', 'body'],
    ['not JSON', '{"input":1', 'body'],
    ['another shape', '[]', 'body'],
    ['a missing member', '{}', 'body.input'],
    ['an unknown member', '{"input":1,"id":2}', 'body'],
    ['a prototype key', '{"input":{"__proto__":{"admin":true}}}', 'body.input'],
    ['a constructor key', '{"input":[{"constructor":1}]}', 'body.input[0]'],
    ['a prototype key at the top', '{"input":1,"__proto__":{}}', 'body'],
    ['a lone surrogate', '{"input":{"a":"\\ud800"}}', 'body.input.a'],
    ['a lone surrogate in a key', '{"input":{"\\udc00":1}}', 'body.input'],
    ['a number too large', '{"input":1e999}', 'body.input'],
    ['33 levels', `{"input":${'['.repeat(33)}${']'.repeat(33)}}`, `body.input${'[0]'.repeat(32)}`],
  ];
  for (const [name, body, path] of bad) {
    it(`are refused with ${name}, naming the path`, () => {
      assert.throws(
        () => read(body),
        (error) => FlowError.is(error) && error.code === 'invalid_request' && error.details.path === path,
      );
    });
  }

  it('are refused when too deep or not UTF-8', () => {
    for (const depth of [5_000, 100_000]) assert.throws(() => read('['.repeat(depth)), { code: 'invalid_request' });
    const nested = `{"input":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    assert.throws(() => read(nested), { code: 'invalid_request' });
    const bytes = Buffer.from([0x22, 0xff, 0xfe, 0x22]).toString('base64');
    assert.throws(() => read(bytes, true), { code: 'invalid_request' });
  });

  it('leave prototypes alone', () => {
    assert.throws(() => read('{"input":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}'));
    assert.equal(Object('').polluted, undefined);
  });

  it('never throw uncoded errors for any bytes', () => {
    const below = random(3);
    const seeds = [
      '{"input":{"a":[1,2.5e3,"\\u0041",true,null]}}',
      '{"input":"\\ud83d\\ude00"}',
      '{"input":{"__proto_":1}}',
    ];
    for (let i = 0; i < 20_000; i += 1) {
      const bytes = Buffer.from(seeds[below(3)] ?? '');
      for (let n = below(4); n >= 0; n -= 1) bytes[below(bytes.length)] = below(256);
      try {
        read(below(2) ? bytes.toString('base64') : bytes.toString('latin1'), below(2) === 1);
      } catch (error) {
        assert.ok(FlowError.is(error) && ['invalid_request', 'body_too_large'].includes(error.code), String(error));
      }
    }
  });
});

describe('request headers', () => {
  it('are case-insensitive', () => {
    assert.equal(header({ headers: { 'x-a': '1' } }, 'x-a'), '1');
    assert.equal(header({ headers: { 'X-A': '1' } }, 'x-a'), '1');
    assert.equal(header({ headers: {} }, 'constructor'), undefined);
  });

  it('accept a valid id as Idempotency-Key, or none', () => {
    assert.equal(idempotencyKey({ headers: {} }), undefined);
    for (const key of ['a', 'A-z_9', 'x'.repeat(128)]) {
      assert.equal(idempotencyKey({ headers: { 'idempotency-key': key } }), key);
    }
    for (const key of ['', 'x'.repeat(129), 'a#b', 'a/b', 'a b', 'a,a', 'ä', 'a\n']) {
      assert.throws(() => idempotencyKey({ headers: { 'idempotency-key': key } }), { code: 'invalid_request' }, key);
    }
  });
});
