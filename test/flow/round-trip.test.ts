/** Every option of a definition survives export and import. A new option does not compile here until it is set. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import YAML from 'yaml';
import { type ZodType, z } from 'zod';
import type { AnyFlow } from '../../lib/flow/authoring/flow.ts';
import type { RequirementOptions } from '../../lib/flow/authoring/requirements.ts';
import type { FlowSchedule } from '../../lib/flow/authoring/schedules.ts';
import type { AnySpec, PolicyDefaults } from '../../lib/flow/authoring/schema-kinds.ts';
import type { ExecutionDefaults } from '../../lib/flow/options/execution.ts';
import type { RetryPolicy } from '../../lib/flow/options/policies.ts';
import type { ChunkOptions } from '../../lib/flow/pipe/chunk-types.ts';
import {
  defineApp,
  defineFlow,
  exportFlow,
  type FlowCode,
  type FlowDocument,
  importFlow,
  resource,
} from '../../lib/index.ts';

const pass = ({ input }: { input: unknown }) => input;
function isLarge() {
  return true;
}
function look() {}

const retry: Required<RetryPolicy> = { maxAttempts: 5, initialDelay: 10, factor: 3, jitter: 0.5 };
const execution: Required<ExecutionDefaults> = {
  autoClose: false,
  autoCloseTimeout: 5,
  concurrency: 3,
  hopBudget: 50,
  nowait: 'inline',
  durability: 'exit',
  history: 'times',
  retention: { completed: 1, failed: null, cancelled: 7.5 },
  workspace: 'shared',
};
const requirement: Required<RequirementOptions> = {
  required: false,
  resolver: 'vault',
  failPolicy: 'open',
  health: 'policy_forbidden',
  stateRef: { version: 7, parts: ['a'] },
};
const timed: Required<Omit<FlowSchedule, 'rate'>> = {
  id: 'nightly',
  cron: '0 3 ? * * *',
  timezone: 'Europe/Berlin',
  overlap: 'skip',
  input: { n: 1, list: [null] },
};
const repeated: Required<Pick<FlowSchedule, 'id' | 'rate'>> = { id: 'often', rate: '5 minutes' };
const defaults: Required<PolicyDefaults> = { retry: { maxAttempts: 2 }, timeout: 100, onError: { chunk: 'rescue' } };

const spec: Required<AnySpec> = {
  name: 'every-option',
  input: z.json(),
  state: { list: z.array(z.string()), other: z.json() },
  signals: { go: z.object({ n: z.number() }), stop: z.null() },
  resources: { mailer: resource<object>(), store: resource<object>() },
  stream: z.string(),
  result: z.union([z.string(), z.null()]),
  attributes: { customer: z.string(), cents: z.number() },
  execution,
  defaults,
  schedules: [timed, repeated],
};

function makeChild(name: string): AnyFlow {
  const child = defineFlow({ ...spec, name, defaults: { onError: 'skip' }, schedules: [repeated] });
  child.declareResourceRequirement('store', requirement);
  child.to('inner', pass).tap(look);
  return child;
}

function makeFlow(): AnyFlow {
  const flow = defineFlow(spec);
  flow.declareResourceRequirement('mailer', requirement);
  flow.declareResourceRequirement('store');
  const rescue = flow.chunk('rescue', pass);
  const options: Required<ChunkOptions<ZodType, unknown>> = {
    resume: z.string(),
    retry,
    timeout: 7,
    onError: rescue as never,
  };
  const a = flow.chunk('a', options, pass);
  const b = flow.chunk('b', { onError: 'skip' }, pass);
  const c = flow.chunk('c', { onError: 'fail', retry: { jitter: 0 } }, pass);
  flow.chunk('unused', options, pass);
  flow
    .to(a)
    .batch([b, c], { concurrency: 2 })
    .forEach((item) => item.to(c), { concurrency: 3, onItemError: 'collect' })
    .match((m) => m.case({ x: [1] } as never, (p) => p.to(b)).case(isLarge, (p) => p.to(c)), { mode: 'all' })
    .interventionPoint('review', { target: 'people' })
    .collect('all', { branch: 'main', mode: 'reset' });
  flow
    .when(['go', 'stop'], { mode: 'or' })
    .subFlow(makeChild('child'), {
      capture: {
        input: { go: 'value.value' },
        state: { list: 'state.list' },
        flowData: { rate: 'flowData.rates.one' },
        resources: { mailer: 'resources.mailer' },
      },
      writeBack: {
        value: { got: 'result' },
        state: { 'other.x': 'state.other' },
        flowData: { 'rates.two': 'state.list' },
      },
      concurrency: 2,
    })
    .collect('all', { branch: 'side', mode: 'reset' });
  flow.when({ state: 'list' }).batch([b, c], { sideBranch: true }).to(b, { sideBranch: true });
  flow.when({ flowData: 'rates' }).subFlow(makeChild('other'), { sideBranch: true, capture: { input: 'value' } });
  flow
    .when([a, { collect: 'all' }, { state: 'other' }, { flowData: 'rates' }])
    .if(isLarge, (p) => p.tap('logged', look))
    .else((p) => p.sideBranch(c))
    .end();
  return flow;
}

const child: FlowCode = { chunks: { inner: pass }, taps: { look } };
const code = (flow: AnyFlow): FlowCode => ({
  chunks: Object.fromEntries([...flow.chunks.keys()].map((name) => [name, pass])),
  predicates: { isLarge },
  taps: { look, logged: look },
  children: { child, other: child },
});

/** All data of a flow. */
function dataOf(flow: AnyFlow): unknown {
  const { name, graph, fingerprint, execution, requirements, schedules, contract, children, predicates, taps } = flow;
  return {
    ...{ name, graph, fingerprint, execution, requirements, schedules, resources: contract.resources },
    children: [...children].map(([id, each]) => [id, dataOf(each)]),
    codes: [...predicates, ...taps].map(([place, { name: code }]) => [place, code]),
    document: exportFlow(flow),
  };
}

const ways: Record<string, (document: FlowDocument) => unknown> = {
  'as an object': (document) => document,
  'as JSON': (document) => JSON.parse(JSON.stringify(document)),
  'as YAML': (document) => YAML.parse(YAML.stringify(document)),
};

describe('a definition with every option', () => {
  for (const [way, through] of Object.entries(ways)) {
    it(`comes back whole ${way}`, () => {
      const flow = makeFlow();
      const imported = importFlow(through(exportFlow(flow)), code(flow));
      assert.deepEqual(dataOf(imported), dataOf(flow));
      assert.deepEqual(imported.execution, execution);
      assert.deepEqual(imported.schedules, [timed, repeated]);
      assert.deepEqual(imported.requirements[0], { key: 'mailer', ...requirement });
      const resources = { mailer: () => ({}), store: () => ({}) };
      assert.equal(defineApp({ flows: [imported], resources }).flows[0]?.schedules.length, 2);
    });
  }

  it('differs from a plain one', () => {
    const plain = defineFlow({ name: 'plain' });
    plain.to('a', pass);
    const document = exportFlow(plain);
    assert.equal('schedules' in document || 'requirements' in document, false);
    assert.deepEqual(importFlow(document, { chunks: { a: pass } }).execution, {});
  });

  for (const workspace of ['files', false] as const) {
    it(`comes back with workspace ${workspace}`, () => {
      const flow = defineFlow({ name: 'f', execution: { workspace } });
      flow.to('a', pass);
      assert.deepEqual(importFlow(exportFlow(flow), { chunks: { a: pass } }).execution, { workspace });
    });
  }

  const wrong: Record<string, [change: object, problem: RegExp]> = {
    'a schedule without a time': [
      { schedules: [{ id: 'x' }] },
      /schedules\.0\.cron: give exactly one of cron and rate/,
    ],
    'two schedules of one id': [{ schedules: [repeated, repeated] }, /"often" of flow "f" is defined twice/],
    'a schedule in no timezone': [
      { schedules: [{ ...timed, timezone: 'Mars' }] },
      /schedules\.0\.timezone: write an IANA time zone/,
    ],
    'an unknown member of a schedule': [{ schedules: [{ ...timed, at: 1 }] }, /schedules\.0: Unrecognized key: "at"/],
    'a workspace that is no name': [{ execution: { workspace: 'a b' } }, /execution\.workspace/],
    'a flow with a name of JavaScript': [{ name: 'toString' }, /name: is reserved by JavaScript/],
  };
  for (const [what, [change, message]] of Object.entries(wrong)) {
    it(`is refused with ${what}`, () => {
      const flow = defineFlow({ name: 'f' });
      flow.to('a', pass);
      assert.throws(() => importFlow({ ...exportFlow(flow), ...change }, { chunks: { a: pass } }), {
        code: 'definition_invalid',
        message,
      });
    });
  }
});

interface Tree {
  readonly children: readonly Tree[];
}
const Tree: z.ZodType<Tree> = z.object({ children: z.lazy(() => z.array(Tree)) });

const schemas: Record<string, ZodType> = {
  'text with checks': z.email().max(90),
  patterns: z.string().regex(/^a+$/).startsWith('a'),
  'numbers with checks': z.int().min(3).multipleOf(2),
  'literals and enums': z.union([z.literal(['a', 1, null]), z.enum(['x', 'y'])]),
  'objects, open and closed': z.object({ a: z.strictObject({ b: z.boolean() }), c: z.looseObject({}).optional() }),
  'discriminated unions': z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })]),
  'tuples and records': z.tuple([z.record(z.enum(['p', 'q']), z.number()), z.partialRecord(z.enum(['p']), z.null())]),
  'defaults and descriptions': z.object({ a: z.string().default('x').describe('an a') }),
  'recursive schemas': Tree,
  'any JSON': z.json(),
  transforms: z.string().transform((text) => text.length),
  'custom types': z.custom<string>(),
  'template literals': z.templateLiteral(['a-', z.number()]),
  intersections: z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })),
};

describe('the schemas of a contract', () => {
  for (const [what, schema] of Object.entries(schemas)) {
    it(`survive a round trip: ${what}`, () => {
      const flow = defineFlow({
        name: 'f',
        input: schema,
        state: { k: schema },
        signals: { s: schema },
        result: schema,
      });
      flow.to(flow.chunk('ask', { resume: schema }, pass));
      const again = importFlow(YAML.parse(YAML.stringify(exportFlow(flow))), { chunks: { ask: pass } });
      assert.deepEqual(exportFlow(again), exportFlow(flow));
      assert.equal(again.fingerprint, flow.fingerprint);
    });
  }
});
