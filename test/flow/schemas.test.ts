import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ZodType, z } from 'zod';
import { defineFlow, exportFlow, importFlow } from '../../lib/index.ts';

const pass = ({ input }: { input: unknown }) => input;

interface Tree {
  readonly name: string;
  readonly children: readonly Tree[];
}
const Tree: z.ZodType<Tree> = z.object({ name: z.string(), children: z.lazy(() => z.array(Tree)) });
const dated: ZodType = z.object({ at: z.date(), next: z.lazy(() => dated).optional() });
const upper = (text: string) => text.toUpperCase();
const toDate = (text: string) => new Date(text);
const toText = (date: Date) => date.toISOString();

const refused: Record<string, [schema: ZodType, message: RegExp]> = {
  'a date': [z.date(), /is for a Date/],
  'a date that may be left out': [z.object({ at: z.date().optional() }), /at "at", is for a Date/],
  'a date in a list of lists': [z.object({ rows: z.array(z.array(z.date())) }), /at "rows\.\*\.\*", is for a Date/],
  'a date in a recursive schema': [dated, /at "at", is for a Date/],
  'a coerced date': [z.object({ at: z.coerce.date() }), /at "at", is for a Date/],
  'text that is piped into a date': [z.string().pipe(z.coerce.date()), /is for a Date/],
  'a codec to a date': [z.codec(z.iso.datetime(), z.date(), { decode: toDate, encode: toText }), /is for a Date/],
  'a date that becomes text': [z.date().transform(toText), /is for a Date/],
  'preprocessing into a date': [z.preprocess((text) => toDate(String(text)), z.date()), /is for a Date/],
  'a date by default': [z.date().default(new Date(0)), /is for a Date/],
  'a bigint': [z.record(z.string(), z.bigint()), /at "\*", is for a BigInt/],
  'a coerced bigint': [z.coerce.bigint(), /is for a BigInt/],
  'a bigint literal': [z.literal(1n), /is for 1/],
  'a map': [z.map(z.string(), z.string()), /is for a Map/],
  'a set': [z.tuple([z.string(), z.set(z.string())]), /at "1", is for a Set/],
  undefined: [z.undefined(), /is for undefined/],
  void: [z.void(), /is for undefined/],
  never: [z.never(), /is for nothing/],
  'a symbol': [z.symbol(), /is for a symbol/],
  NaN: [z.nan(), /is for NaN/],
  'an instance of a class': [z.object({ url: z.instanceof(URL) }), /at "url", is for an instance of a class/],
  'a union without JSON': [z.union([z.date(), z.bigint()]), /is for a Date/],
  'a union that may give a date': [z.union([z.coerce.date(), z.number()]), /is for a Date/],
  'an intersection with a date': [z.intersection(z.object({ a: z.string() }), z.object({ b: z.date() })), /at "b"/],
  'an asynchronous refinement': [z.string().refine(async () => true), /asynchronous/],
  'an asynchronous check': [z.object({ a: z.array(z.string().check(async () => undefined)) }), /asynchronous/],
  'an asynchronous transform': [z.string().transform(async (text) => text), /asynchronous/],
  'asynchronous preprocessing': [z.preprocess(async (text) => text, z.string()), /asynchronous/],
  'a promise': [z.promise(z.string()), /is for a promise/],
};

const accepted: Record<string, ZodType> = {
  'a recursive schema': Tree,
  JSON: z.json(),
  'a date as text': z.coerce.date().transform(toText),
  'text or a date that no JSON is': z.union([z.date(), z.string()]),
  'a member that is never there': z.object({ a: z.string(), b: z.undefined().optional(), c: z.never().optional() }),
  'text or nothing': z.object({ a: z.union([z.string(), z.undefined()]) }),
  'trimmed, changed and defaulted values': z.object({
    a: z.string().trim().transform(upper),
    n: z.coerce.number().default(1),
  }),
  'a strict object': z.strictObject({ a: z.null() }),
  'an own type': z.custom<string>((value) => typeof value === 'string'),
};

const places: Record<string, (schema: ZodType) => unknown> = {
  'the input': (input) => defineFlow({ name: 'f', input }),
  'state key "k"': (k) => defineFlow({ name: 'f', state: { k } }),
  'signal "s"': (s) => defineFlow({ name: 'f', signals: { s } }),
  'the stream': (stream) => defineFlow({ name: 'f', stream }),
  'the result': (result) => defineFlow({ name: 'f', result }),
  'the resume value of chunk "ask"': (resume) => defineFlow({ name: 'f' }).chunk('ask', { resume }, pass),
};

describe('schemas of a definition', () => {
  for (const [what, [schema, message]] of Object.entries(refused)) {
    for (const [place, define] of Object.entries(places)) {
      it(`refuses ${what} as ${place}`, () => {
        assert.throws(() => define(schema), { code: 'definition_invalid', message });
        assert.throws(() => define(schema), new RegExp(`The schema of ${place}`));
      });
    }
  }

  for (const [what, schema] of Object.entries(accepted)) {
    it(`accepts ${what}`, () => {
      for (const define of Object.values(places)) define(schema);
    });
  }

  it('refuses them in an imported document, too', () => {
    const flow = defineFlow({ name: 'f', input: z.object({ at: z.custom<Date>() }) });
    flow.to('a', pass);
    const code = { chunks: { a: pass }, contract: { input: z.object({ at: z.date() }) } };
    assert.throws(() => importFlow(exportFlow(flow), code), { code: 'definition_invalid', message: /is for a Date/ });
  });
});
