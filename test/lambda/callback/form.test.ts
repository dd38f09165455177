import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ZodType, z } from 'zod';
import { formFields, readForm } from '../../../lib/adapters/lambda/callback/form.ts';
import { random } from '../support.ts';

const fieldsOf = (schema?: ZodType) =>
  formFields(schema)
    .map(({ text }) => text)
    .join('');

/** The body that a browser posts: control values by name. */
function post(schema: ZodType | undefined, ...choices: readonly string[]): unknown {
  const names = [...fieldsOf(schema).matchAll(/name="([^"]+)"/g)].map(([, name]) => name ?? '');
  assert.equal(names.length, choices.length);
  return readForm(new URLSearchParams(names.map((name, i): [string, string] => [name, choices[i] ?? ''])).toString());
}

describe('the form of a resume schema', () => {
  const shape = z.object({
    approved: z.boolean(),
    note: z.string().optional(),
    amount: z.number(),
    count: z.int().optional(),
    level: z.enum(['low', 'high']),
    kind: z.literal('refund'),
    tags: z.array(z.string()).optional(),
  });

  it('has a control for each member', () => {
    const fields = fieldsOf(shape);
    assert.match(fields, /<select name="value\.approved:json" required>.*value="true">yes<.*value="false">no</);
    assert.match(fields, /<input type="text" name="value\.note:string\?">/);
    assert.match(fields, /<input type="number" step="any" name="value\.amount:number" required>/);
    assert.match(fields, /<input type="number" step="1" name="value\.count:number\?">/);
    assert.match(fields, /<select name="value\.level:json" required>.*value="&quot;low&quot;">low</);
    assert.match(fields, /<option value="&quot;refund&quot;">refund</);
    assert.match(fields, /<textarea [^>]*name="value\.tags:json\?"/);
  });

  it('is parsed into the types of the schema; empty optional members are omitted', () => {
    const full = post(shape, 'true', 'ok & more', '-2.5', '3', '"high"', '"refund"', '["a"]') as { value: unknown };
    const value = {
      approved: true,
      note: 'ok & more',
      amount: -2.5,
      count: 3,
      level: 'high',
      kind: 'refund',
      tags: ['a'],
    };
    assert.deepEqual(full, { value });
    assert.deepEqual(shape.parse(full.value), value);
    const least = { approved: false, amount: 0.5, level: 'low', kind: 'refund' };
    assert.deepEqual(post(shape, 'false', '', '.5', '', '"low"', '"refund"', ''), { value: least });
  });

  it('has one control for a schema that is no object, and a JSON control without a schema', () => {
    assert.deepEqual(post(z.boolean(), 'true'), { value: true });
    assert.deepEqual(post(z.string(), '12'), { value: '12' });
    assert.deepEqual(post(z.number(), '12'), { value: 12 });
    assert.deepEqual(post(z.enum(['a', 'b']), '"b"'), { value: 'b' });
    assert.deepEqual(post(z.union([z.string(), z.number()]), '3'), { value: 3 });
    assert.deepEqual(post(z.object({}), '{}'), { value: {} });
    assert.deepEqual(post(z.record(z.string(), z.number()), '{"a":1}'), { value: { a: 1 } });
    assert.deepEqual(post(z.date(), '1'), { value: 1 });
    assert.deepEqual(post(undefined, '{"any":[1]}'), { value: { any: [1] } });
    assert.deepEqual(post(undefined, ''), { value: null });
  });

  it('passes an invalid number to the schema: it never becomes 0', () => {
    for (const text of ['', ' ', 'x', 'NaN', 'Infinity', '1e999']) {
      assert.deepEqual(readForm(`value.n%3Anumber=${text}`), { value: { n: text } });
    }
  });

  it('keeps member names, including dots, colons and prototype names', () => {
    for (const key of ['a.b', 'a:json', 'ä', '__proto__', '']) {
      const read = readForm(new URLSearchParams({ [`value.${key}:string`]: 'x' }).toString()) as { value: object };
      assert.deepEqual(Object.entries(read.value), [[key, 'x']]);
      assert.equal(Object.getPrototypeOf(read.value), Object.prototype);
    }
  });

  it('includes actor and request id unless they are empty', () => {
    const body = 'value%3Ajson=1&actor=ann+b&resumeRequestId=q-1';
    assert.deepEqual(readForm(body), { value: 1, actor: 'ann b', resumeRequestId: 'q-1' });
    assert.deepEqual(readForm('value%3Ajson=1&actor='), { value: 1 });
  });

  it('refuses all other fields by name', () => {
    const bad = [
      '',
      'actor=ann',
      'x=1',
      'value=1',
      'value.a=1',
      'value.a%3Aboolean=true',
      '{"value":1}',
      'value.a%3Ajson=1&value.a%3Astring=1',
      'value%3Ajson=1&value.a%3Ajson=1',
      'value.a%3Ajson=no',
      'value%3Ajson=1&actor=a&actor=b',
    ];
    for (const body of bad) assert.throws(() => readForm(body), { code: 'invalid_request' }, body);
  });

  it('throws only coded errors', () => {
    const below = random(11);
    const seed = 'value.approved%3Ajson=true&value.note%3Astring%3F=x&actor=%C3%A4';
    for (let i = 0; i < 20_000; i += 1) {
      const codes = [...seed].map((character) => (below(20) ? character : String.fromCharCode(below(256))));
      try {
        readForm(codes.join(''));
      } catch (error) {
        assert.equal(Object(error).code, 'invalid_request');
      }
    }
  });
});
