import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow, resource } from '../../lib/index.ts';

const pass = ({ input }: { input: unknown }) => input;
const other = () => null;
const untyped = (value: unknown) => value as never;

function abc() {
  const flow = defineFlow({ name: 'f', signals: { x: z.null(), a: z.null() } });
  return { flow, a: flow.chunk('a', pass), b: flow.chunk('b', pass), c: flow.chunk('c', pass) };
}

type Setup = ReturnType<typeof abc>;
const errors: Record<string, [RegExp, (setup: Setup) => unknown]> = {
  'a chunk that follows itself': [/"a" would follow itself.*signal/, ({ flow, a }) => flow.to(a).to(a)],
  'a longer cycle': [/"a" would follow itself/, ({ flow, a, b, c }) => flow.to(a).to(b).to(c).to(a)],
  'a cycle over an operator': [/"a" would follow itself/, ({ flow, a, b }) => flow.to(a).batch([b]).to('a')],
  'a cycle closed by another statement': [
    /"b" would follow itself/,
    ({ flow, a, b }) => [flow.when('x').to(b).to(a), flow.to(a).to(b)],
  ],
  'a cycle inside a body': [
    /"b" would follow itself/,
    ({ flow, b, c }) => flow.match((m) => m.case(1, (p) => p.to(b).to(c).to(b))),
  ],
  'one name for two handlers': [/"a" is defined twice.*Rename one/, ({ flow }) => flow.to('a', other)],
  'one name with two retries': [
    /"a" is defined twice/,
    ({ flow }) => flow.chunk('a', { retry: { maxAttempts: 2 } }, pass),
  ],
  'one name with two resume schemas': [
    /"a" is defined twice/,
    ({ flow }) => flow.chunk('a', { resume: z.string() }, pass),
  ],
  'a chunk without handler': [/"d" has no handler/, ({ flow }) => flow.chunk('d', {}, untyped(undefined))],
  'an unknown name': [/no chunk "nope".*Define it/, ({ flow }) => flow.to('nope')],
  'a chunk of another flow': [/"a" belongs to another flow/, ({ flow }) => flow.to(abc().a)],
  'a chunk of another flow in a batch': [/"a" belongs to another flow/, ({ flow }) => flow.batch([abc().a])],
  'an empty batch': [/batch has no chunks/, ({ flow }) => flow.batch(untyped([]))],
  'two branches of one name': [/batch lists chunk "a" twice/, ({ flow, a }) => flow.batch([a, a])],
  'a match without case': [/match has no cases/, ({ flow }) => flow.match(untyped(() => null))],
  'an else before a case': [
    /caseElse follows no case/,
    ({ flow }) => flow.match(untyped((m: { caseElse(body: typeof pass): void }) => m.caseElse(pass))),
  ],
  'two elses': [
    /two caseElse branches/,
    ({ flow }) =>
      flow.match((m) => {
        const done = m.case(1, (p) => p).caseElse((p) => p);
        (done as typeof done & { caseElse(body: (p: unknown) => unknown): void }).caseElse((p) => p);
        return done;
      }),
  ],
  'a case after the else': [
    /follows caseElse, the last branch/,
    ({ flow }) =>
      flow.match((m) => {
        const cases = m.case(1, (p) => p);
        const done = cases.caseElse((p) => p);
        cases.case(2, (p) => p);
        return done;
      }),
  ],
  'a body that returns nothing': [
    /body of case 0 must return/,
    ({ flow }) => flow.match((m) => m.case(1, untyped(other))),
  ],
  'a body that returns an outer pipe': [
    /must return its own pipe/,
    ({ flow, a }) => flow.match((m) => m.case(1, () => flow.to(a))),
  ],
  'a body wired after its end': [
    /was wired too late: the body of its case/,
    ({ flow, a }) => {
      const leaked: { to(chunk: typeof a): unknown }[] = [];
      flow.match((m) =>
        m.case(1, (p) => {
          leaked.push(p);
          return p;
        }),
      );
      leaked[0]?.to(a);
    },
  ],
  'a case that is no JSON': [
    /A case takes a JSON value.*bigint/,
    ({ flow }) => flow.match((m) => m.case(untyped(1n), (p) => p)),
  ],
  'a match again with other predicates of the same text': [
    /a different function or sub-flow of the same source text/,
    ({ flow, a }) => {
      for (const limit of [1, 2])
        flow.to(a).match((m) =>
          m.case(
            ({ input }) => Number(input) > limit,
            (p) => p,
          ),
        );
    },
  ],
  'an unknown signal': [/"nope" is not declared/, ({ flow }) => flow.when(untyped('nope'))],
  'an empty list': [/at least one signal, chunk/, ({ flow }) => flow.when(untyped([]))],
  'a signal listed twice': [/lists "x" twice/, ({ flow }) => flow.when(['x', 'a', 'x'])],
  'a signal and a chunk of one name': [/lists "a" twice/, ({ flow, a }) => flow.when(['a', a])],
  'a mode that is not there': [
    /mode of when\(\) is "any".*"and" or "or"/,
    ({ flow }) => flow.when(['x', 'a'], untyped({ mode: 'any' })),
  ],
  'waiting for a chunk that never runs': [
    /"a", but the chunk is not wired/,
    ({ flow, a, b }) => {
      flow.when(a).to(b);
      return flow.graph;
    },
  ],
  'a chunk name with a space': [/chunk name "a b" is not valid/, ({ flow }) => flow.chunk('a b', pass)],
  'an empty chunk name': [/chunk name "" is not valid/, ({ flow }) => flow.to('', pass)],
  'a long chunk name': [/1 to 128/, ({ flow }) => flow.chunk('a'.repeat(129), pass)],
  'a prototype key as chunk name': [/"__proto__" is reserved/, ({ flow }) => flow.chunk('__proto__', pass)],
  'a member of objects as chunk name': [/"toString" is reserved/, ({ flow }) => flow.chunk('toString', pass)],
  'a flow name with a slash': [/flow name "a\/b" is not valid/, () => defineFlow({ name: 'a/b' })],
  'no flow name': [/flow name/, () => defineFlow(untyped({}))],
  'a signal name with a space': [/signal name "a b"/, () => defineFlow({ name: 'f', signals: { 'a b': z.null() } })],
  'a state key with a dot': [/"a.b" has a dot/, () => defineFlow({ name: 'f', state: { 'a.b': z.null() } })],
  'a resource name with a space': [
    /resource name "a b"/,
    () => defineFlow({ name: 'f', resources: { 'a b': resource<null>() } }),
  ],
  'no attempts': [/maxAttempts of chunk "d"/, ({ flow }) => flow.chunk('d', { retry: { maxAttempts: 0 } }, pass)],
  'a negative delay': [
    /initialDelay of flow "f"/,
    () => defineFlow({ name: 'f', defaults: { retry: { initialDelay: -1 } } }),
  ],
  'a shrinking delay': [/factor of chunk "d"/, ({ flow }) => flow.chunk('d', { retry: { factor: 0.5 } }, pass)],
  'more jitter than all': [/jitter of chunk "d"/, ({ flow }) => flow.chunk('d', { retry: { jitter: 2 } }, pass)],
  'a negative autoCloseTimeout': [
    /autoCloseTimeout/,
    () => defineFlow({ name: 'f', execution: { autoCloseTimeout: -1 } }),
  ],
};

describe('a schedule', () => {
  const wrong: Record<string, [schedule: object, message: string]> = {
    'a bad id': [{ id: 'a b', rate: '1 day' }, 'id of S is "a b": use an id that matches ^[A-Za-z0-9_-]{1,64}$.'],
    'no time': [{ id: 'x' }, 'cron of S is undefined: give exactly one of cron and rate.'],
    'two times': [
      { id: 'x', rate: '1 day', cron: '0 9 ? * * *' },
      'cron of S is "0 9 ? * * *": give exactly one of cron and rate.',
    ],
    'a bad rate': [{ id: 'x', rate: '1 days' }, 'rate of S is "1 days": write "5 minutes" or "1 day".'],
    'two days': [
      { id: 'x', cron: '0 9 1 * MON *' },
      'cron of S is "0 9 1 * MON *": write six fields, one of the days as ?: "0 9 ? * MON-FRI *".',
    ],
    'no such zone': [
      { id: 'x', rate: '1 day', timezone: 'Mars' },
      'timezone of S is "Mars": write an IANA time zone, such as "Europe/Berlin".',
    ],
    'an unknown member': [
      { id: 'x', rate: '1 day', at: 1 },
      'S: "at" is not known; use id, cron, rate, timezone, overlap, input.',
    ],
  };
  for (const [what, [schedule, message]] of Object.entries(wrong)) {
    it(`is refused with ${what}`, () => {
      const { id } = schedule as { id: string };
      const error = { code: 'definition_invalid', message: message.replace('S', `schedule "${id}" of flow "f"`) };
      assert.throws(() => defineFlow({ name: 'f', schedules: [untyped(schedule)] }), error);
    });
  }

  it('has an id of its own', () => {
    const daily = { id: 'x', rate: '1 day' };
    assert.throws(
      () => defineFlow({ name: 'f', schedules: [daily, daily] }),
      /schedule "x" of flow "f" is defined twice/,
    );
  });
});

describe('a resource requirement', () => {
  const wrong: Record<string, [key: string, options: object, message: RegExp]> = {
    'no key': ['', {}, /^key of the requirement of resource "" is "": pass the key/],
    'another required': [
      'db',
      { required: 'yes' },
      /^required of the requirement of resource "db" is "yes": use true or false/,
    ],
    'another policy': ['db', { failPolicy: 'half' }, /^failPolicy of .*"db" is "half": use 'closed' or 'open'/],
    'a resolver that is no name': ['db', { resolver: 1 }, /^resolver of .*"db" is 1: use the name of a resolver/],
    'an unknown member': ['db', { optional: true }, /^the requirement of resource "db": "optional" is not known; use /],
  };
  for (const [what, [key, options, message]] of Object.entries(wrong)) {
    it(`is refused with ${what}`, () => {
      const declare = () => abc().flow.declareResourceRequirement(key, options);
      assert.throws(declare, { code: 'invalid_request', message });
    });
  }
});

describe('definition errors', () => {
  for (const [what, [message, define]] of Object.entries(errors)) {
    it(`refuses ${what}`, () => assert.throws(() => define(abc()), { code: 'definition_invalid', message }));
  }
});

describe('defineApp', () => {
  it('keeps flows in order and factories by name', () => {
    const flow = defineFlow({ name: 'f', resources: { clock: resource<string>() } });
    const clock = () => 'now';
    const app = defineApp({ flows: [flow, defineFlow({ name: 'g' })], resources: { clock } });
    assert.deepEqual(
      app.flows.map(({ name }) => name),
      ['f', 'g'],
    );
    assert.equal(app.resources.clock, clock);
  });

  it('takes several versions of a flow, but not two of one definition', () => {
    const first = abc().flow;
    const second = abc().flow;
    const changed = abc().flow;
    changed.to('a');
    assert.equal(defineApp({ flows: [first, changed], resources: {} }).flows.length, 2);
    assert.throws(() => defineApp({ flows: [first, second], resources: {} }), {
      code: 'definition_invalid',
      message: /"f"/,
    });
  });

  it('refuses schedules whose input the flow would not take', () => {
    const input = z.object({ a: z.number() });
    const tick = (given?: unknown) =>
      defineFlow({ name: 'tick', input, schedules: [{ id: 'nightly', rate: '1 day', input: untyped(given) }] });
    assert.throws(() => defineApp({ flows: [tick({ a: 'no' })], resources: {} }), {
      code: 'definition_invalid',
      message: /^Schedule "nightly" of flow "tick": input\.a: .*number/,
    });
    assert.throws(() => defineApp({ flows: [tick()], resources: {} }), { message: /: input: .*null/ });
    // The last version is the one that is started.
    const newer = defineFlow({ name: 'tick', input: z.null(), schedules: [{ id: 'nightly', rate: '2 days' }] });
    assert.equal(defineApp({ flows: [tick(), newer], resources: {} }).flows.length, 2);
    assert.throws(() => defineApp({ flows: [newer, tick()], resources: {} }), /nightly/);
  });
});
