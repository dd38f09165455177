/** Forms from JSON schemas, filters in addresses, and the words of times. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { Schema } from '../../lib/console/api/wire.ts';
import { apiQuery, filterOf, isEmpty, placeOf, wordsOf } from '../../lib/console/executions/filter.ts';
import { initialTexts, readForm } from '../../lib/console/form/values.ts';
import { ago, length, until, withClock } from '../../lib/console/parts/times.ts';
import { decisionOf } from '../../lib/forms/decision.ts';
import { factsOf } from '../../lib/forms/facts.ts';
import { fieldsOf } from '../../lib/forms/fields.ts';

const schemaOf = (schema: z.ZodType): Schema => z.toJSONSchema(schema, { io: 'input' }) as Schema;

describe('a form', () => {
  const schema = schemaOf(
    z.object({
      amountCents: z.number().int(),
      currency: z.enum(['EUR', 'USD']).default('EUR'),
      note: z.string().nullable().optional(),
      where: z.object({ city: z.string() }).optional(),
      lines: z.array(z.number()),
    }),
  );
  const fields = fieldsOf(schema);

  it('has a field for each member, by its type', () => {
    assert.deepEqual(
      fields.map(({ label, kind, required }) => [label, kind, required]),
      [
        ['Amount cents', 'integer', true],
        ['Currency', 'choice', false],
        ['Note', 'text', false],
        ['Where', 'group', false],
        ['Lines', 'json', true],
      ],
    );
  });

  it('makes a value that the schema takes', () => {
    const texts = { ...initialTexts(fields), amountCents: '12', lines: '[1]' };
    assert.deepEqual(readForm(fields, texts), {
      value: { amountCents: 12, currency: 'EUR', lines: [1] },
      problems: {},
    });
    const { value } = readForm(fields, { ...texts, 'where.city': 'Bonn' });
    assert.deepEqual((value as { where: unknown }).where, { city: 'Bonn' });
  });

  it('says what is missing or wrong, by path', () => {
    const { problems } = readForm(fields, { amountCents: '1.5', lines: '{' });
    assert.deepEqual(Object.keys(problems), ['amountCents', 'lines']);
    assert.deepEqual(Object.keys(readForm(fields, {}).problems), ['amountCents', 'lines']);
  });

  it('takes any JSON where there is no schema', () => {
    const any = fieldsOf(null);
    assert.deepEqual(readForm(any, { '': '{"a":1}' }).value, { a: 1 });
    assert.equal(readForm(any, {}).value, null);
  });

  it('keeps a member called __proto__ an own member', () => {
    const odd = fieldsOf({ type: 'object', properties: { ['__proto__']: { type: 'string' } } });
    const { value } = readForm(odd, { ['__proto__']: 'x' } as never);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  });
});

describe('a decision', () => {
  it('makes two buttons of the one required yes or no', () => {
    const schema = schemaOf(z.object({ approved: z.boolean(), note: z.string().optional() }));
    const decision = decisionOf(schema);
    assert.deepEqual(
      decision?.choices.map(({ label, value }) => [label, value]),
      [
        ['Approve', true],
        ['Reject', false],
      ],
    );
    assert.deepEqual(Object.keys(decision?.rest.properties as object), ['note']);
  });

  it('makes a button for each of two or three choices', () => {
    const decision = decisionOf(
      schemaOf(z.object({ verdict: z.enum(['accept', 'revise', 'reject']), note: z.string() })),
    );
    assert.deepEqual(
      decision?.choices.map(({ label, value, hotkey }) => [label, value, hotkey]),
      [
        ['Accept', 'accept', 'a'],
        ['Revise', 'revise', undefined],
        ['Reject', 'reject', 'r'],
      ],
    );
    assert.equal(decision?.label, 'Verdict');
    assert.equal(decisionOf(schemaOf(z.enum(['yes', 'no'])))?.name, undefined);
    assert.equal(decisionOf(schemaOf(z.enum(['yes', 'no'])))?.choices.length, 2);
  });

  it('makes none where there are two or it is optional', () => {
    assert.equal(decisionOf(schemaOf(z.object({ a: z.enum(['b', 'c']), d: z.enum(['e', 'f']) }))), undefined);
    assert.equal(decisionOf(schemaOf(z.object({ a: z.literal('b') }))), undefined);
    assert.equal(decisionOf(schemaOf(z.object({ a: z.boolean(), b: z.boolean() }))), undefined);
    assert.equal(decisionOf(schemaOf(z.object({ a: z.boolean().optional() }))), undefined);
  });
});

describe('the facts of a wait', () => {
  it('are rows in words, without the question and who asks', () => {
    const payload = {
      askedBy: 'ann',
      question: 'Pay it?',
      amount: 1_840.5,
      costCentre: 41_877,
      year: 2027,
      due: '2027-01-12T09:00:00.000Z',
      isUrgent: false,
      tags: ['a', 'b'],
      to: { name: 'Bo', iban: null },
      lines: [{ a: 1 }],
      text: 'x'.repeat(61),
    };
    const { question, askedBy, rows } = factsOf({ payload, type: 'approval' });
    assert.deepEqual([question, askedBy], ['Pay it?', 'ann']);
    assert.deepEqual(
      rows.map(({ label, shown, isMain, isWide }) => [label, Object.values(shown)[1], isMain, isWide]),
      [
        ['Amount', '1,840.5', true, false],
        ['Cost centre', '41,877', false, false],
        ['Year', '2027', false, false],
        ['Due', '12 January 2027, 09:00 UTC', false, false],
        ['Is urgent', 'no', false, false],
        ['Tags', ['a', 'b'], false, true],
        ['To', ['Name: Bo', 'Iban: none'], false, true],
        ['Lines', [{ a: 1 }], false, true],
        ['Text', 'x'.repeat(61), false, true],
      ],
    );
  });

  it('are one row where the payload is no object, and none where there is no payload', () => {
    assert.deepEqual(factsOf({ payload: null, type: 'late_order' }), { question: 'Late order', rows: [] });
    assert.equal(factsOf({ payload: 'go', type: 'x' }).rows.length, 1);
    const { question, rows } = factsOf({ payload: { question: 3, title: 'Sign it' }, type: 'x' });
    assert.deepEqual([question, rows.map(({ label }) => label)], ['Sign it', ['Question']]);
  });
});

describe('a filter', () => {
  it('survives its address', () => {
    const filter = { flow: 'f', status: 'failed', since: '7d', attributes: { department: 'sales & more' } };
    const [, query = ''] = placeOf(filter).split('?');
    assert.deepEqual(filterOf(new URLSearchParams(query)), filter);
    assert.equal(wordsOf(filter), 'failed · f · last 7 days · department sales & more');
    assert.ok(isEmpty(filterOf(new URLSearchParams('since=yesterday'))));
  });

  it('asks the API for times since which, the same within a minute', () => {
    const filter = { since: '1h', attributes: {} };
    const now = Date.parse('2026-01-01T10:00:20.000Z');
    assert.equal(apiQuery(filter, now), apiQuery(filter, now + 30_000));
    assert.match(decodeURIComponent(apiQuery(filter, now)), /createdAfter=2026-01-01T09:00:00\.000Z/);
  });
});

describe('times', () => {
  const now = new Date(2026, 10, 29, 12, 0, 0).getTime();
  const MINUTE = 60_000;

  it('are told as people do', () => {
    assert.deepEqual(
      [2_000, 12 * MINUTE, 3 * 60 * MINUTE, 26 * 60 * MINUTE].map((past) => ago(now - past, now)),
      ['just now', '12 min ago', '3 h ago', 'yesterday 10:00'],
    );
    assert.deepEqual([400, 8_400, 26 * 60 * MINUTE].map(length), ['0.4 s', '8.4 s', '26 h']);
    assert.deepEqual([until(now + 42_000, now), until(now - 1, now)], ['in 0:42', 'now']);
    const noon = Date.parse('2026-03-02T12:00:00');
    const at = (time: string) => new Date(time).toISOString();
    const lines = [at('2026-03-02T18:30:00'), at('2026-03-04T08:00:00')].map((time) => `sleeps until ${time}`);
    assert.deepEqual(
      lines.map((line) => withClock(line, noon)),
      ['sleeps until 18:30', 'sleeps until Wednesday 08:00'],
    );
  });
});
