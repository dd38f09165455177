import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ZodType, z } from 'zod';
import { readForm } from '../../../lib/adapters/lambda/callback/form.ts';
import { inputsOf } from '../../../lib/adapters/lambda/callback/inputs.ts';
import { random } from '../support.ts';

function formOf(schema?: ZodType): string {
  const { fields, buttons } = inputsOf(schema);
  return [...fields, buttons].map(({ text }) => text).join('');
}

/** The body that a browser posts: control values by name, and the value of the button of that text. */
function post(schema: ZodType | undefined, choices: readonly string[], button = 'Send answer'): unknown {
  const form = formOf(schema);
  const names = [...form.matchAll(/<(?:input|select|textarea)[^>]* name="([^"]+)"/g)].map(([, name]) => name ?? '');
  assert.equal(names.length, choices.length, form);
  const pressed = Array.from(form.matchAll(/<button([^>]*)>([^<]*)<\/button>/g)).find(([, , text]) => text === button);
  assert.ok(pressed, form);
  const attribute = (name: string) =>
    new RegExp(` ${name}="([^"]*)"`).exec(pressed[1] ?? '')?.[1]?.replaceAll('&quot;', '"');
  const [name, value] = [attribute('name'), attribute('value')];
  const sent = names.map((each, i): [string, string] => [each, choices[i] ?? '']);
  return readForm(new URLSearchParams(name === undefined ? sent : [...sent, [name, value ?? '']]).toString());
}

describe('the form of a resume schema', () => {
  const shape = z.object({
    approved: z.boolean(),
    note: z.string().optional(),
    amount: z.number().max(9),
    count: z.int().optional(),
    level: z.enum(['low', 'high']),
    kind: z.literal('refund'),
    tags: z.array(z.string()).optional(),
  });

  it('has a control for each member, and buttons for the decision', () => {
    const fields = formOf(shape);
    assert.match(
      fields,
      /<button name="value\.approved:json" value="true" class="yes">Approve<.*value="false">Reject</,
    );
    assert.match(fields, /<textarea rows="3" id="f0" name="value\.note:string\?">/);
    assert.match(fields, /<input type="number" step="any" id="f1" name="value\.amount:number" required max="9" /);
    assert.match(fields, /<input type="number" step="1" id="f2" name="value\.count:number\?" /);
    assert.match(fields, /<select id="f3" name="value\.level:json" required>.*value="&quot;low&quot;">low</);
    assert.match(fields, /<option value="&quot;refund&quot;">refund</);
    assert.match(fields, /<textarea [^>]*name="value\.tags:json\?"/);
  });

  it('uses titles, descriptions, limits and defaults', () => {
    const form = formOf(
      z.object({
        until: z.iso.date().meta({ title: 'Good until' }),
        why: z.string().min(10).max(2_000).describe('The requester reads it'),
        size: z.enum(['s', 'm', 'l', 'xl']).default('m'),
      }),
    );
    assert.match(form, /<label for="f0">Good until<\/label>\n<input type="date" id="f0" name="value\.until:string"/);
    assert.match(form, /Why <small>The requester reads it<\/small>/);
    assert.match(form, /<textarea rows="3" id="f1" name="value\.why:string" required minlength="10" maxlength="2000">/);
    assert.match(form, /name="value\.size:json\?".*<option value="&quot;m&quot;" selected>m</);
  });

  it('asks what a yes or no means, where its name does not say it', () => {
    const form = formOf(
      z.object({ urgent: z.boolean().meta({ title: 'Is it urgent?', description: 'It costs more' }) }),
    );
    assert.match(form, /<p id="decide"><b>Is it urgent\?<\/b> <small>It costs more<\/small><\/p>/);
    assert.match(form, /role="group" aria-labelledby="decide".*>Yes<\/button>.*>No<\/button>/);
  });

  it('is parsed into the types of the schema; empty optional members are omitted', () => {
    const full = post(shape, ['ok & more', '-2.5', '3', '"high"', '"refund"', '["a"]'], 'Approve') as {
      value: unknown;
    };
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
    assert.deepEqual(post(shape, ['', '.5', '', '"low"', '"refund"', ''], 'Reject'), { value: least });
  });

  it('has buttons for one yes or no, and for one choice of two or three', () => {
    assert.deepEqual(post(z.boolean(), [], 'No'), { value: false });
    assert.deepEqual(post(z.enum(['a', 'b']), [], 'B'), { value: 'b' });
    const verdict = z.object({ verdict: z.enum(['accept', 'revise', 'reject']), note: z.string() });
    assert.deepEqual(post(verdict, ['ok'], 'Revise'), { value: { note: 'ok', verdict: 'revise' } });
    const two = z.object({ a: z.boolean(), b: z.boolean() });
    assert.deepEqual(post(two, ['true', 'false']), { value: { a: true, b: false } });
    assert.deepEqual(post(z.object({ a: z.boolean().optional() }), ['']), { value: {} });
    assert.deepEqual(post(z.object({ size: z.enum(['s', 'm', 'l', 'xl']) }), ['"m"']), { value: { size: 'm' } });
  });

  it('has one control for a schema that is no object, and a JSON control without a schema', () => {
    assert.deepEqual(post(z.string(), ['12']), { value: '12' });
    assert.deepEqual(post(z.number(), ['12']), { value: 12 });
    assert.deepEqual(post(z.union([z.string(), z.number()]), ['3']), { value: 3 });
    assert.deepEqual(post(z.object({}), ['{}']), { value: {} });
    assert.deepEqual(post(z.record(z.string(), z.number()), ['{"a":1}']), { value: { a: 1 } });
    assert.deepEqual(post(z.date(), ['1']), { value: 1 });
    assert.deepEqual(post(undefined, ['{"any":[1]}']), { value: { any: [1] } });
    assert.deepEqual(post(undefined, ['']), { value: null });
  });

  it('asks for JSON where a member has members, refers to itself, or may be null', () => {
    const node = z.object({
      name: z.string(),
      get parts() {
        return z.array(node);
      },
    });
    const nested = z.object({ where: z.object({ city: z.string() }), node, limit: z.number().nullable() });
    const value = { where: { city: 'Bonn' }, node: { name: 'a', parts: [] }, limit: null };
    assert.deepEqual(
      post(
        nested,
        Object.values(value).map((each) => JSON.stringify(each)),
      ),
      { value },
    );
  });

  it('sends line breaks of a text as line feeds', () => {
    assert.deepEqual(post(z.string(), ['a\r\nb']), { value: 'a\nb' });
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
