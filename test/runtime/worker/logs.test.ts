/** No error text of app code reaches a log, wherever that code is called. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeFault, describeThrown } from '../../../lib/errors/errors.ts';
import { defineApp, defineFlow, FatalError, FlowError, resource } from '../../../lib/index.ts';
import type { App } from '../../../lib/runtime/app/app.ts';
import { createTestkit } from '../../../lib/testing.ts';

const FRAME = '    at canary (canary:1:1)';
const PATH_FRAME = '    at canary (file:///canary.ts:1:1)';

class OddName extends Error {
  override name = `Canary\n${PATH_FRAME}`;
}

/** Created anew each time: a stack that was read once has fixed frames. */
const thrown: Readonly<Record<string, () => unknown>> = {
  'a message of several lines': () => new Error(`canary\n${FRAME}\ncanary\n${PATH_FRAME}`),
  'a message that is a frame': () => new TypeError(PATH_FRAME),
  'a message that was shortened': () => Object.assign(new Error(`no\n${PATH_FRAME}`), { message: 'no' }),
  'a message that was taken away': () => Object.assign(new Error(`\n${PATH_FRAME}`), { message: '' }),
  'a name that is text': () => Object.assign(new Error('canary'), { name: 'the canary died' }),
  'a name that is a frame': () => new OddName(''),
  'a code that is text': () => Object.assign(new Error('x'), { code: 'canary' }),
  'a stack set by hand': () => Object.assign(new Error('x'), { stack: `Error: x\n${PATH_FRAME}` }),
  'a stack that was extended': () => {
    const error = new Error('x');
    return Object.assign(error, { stack: `${error.stack}\n${PATH_FRAME}` });
  },
  'a stack of a plain object': () => ({ name: 'Error', message: 'x', stack: `Error: x\n${PATH_FRAME}` }),
  causes: () => new Error('canary', { cause: new Error('canary', { cause: `canary\n${PATH_FRAME}` }) }),
  'many errors': () => new AggregateError([new Error('canary')], PATH_FRAME),
  'a code of ours': () => Object.assign(new Error('canary'), { name: 'FlowError', code: 'missing_setting' }),
  'an error of ours': () => new FlowError('missing_setting', `canary\n${PATH_FRAME}`),
  'a fatal error': () => new FatalError(`canary\n${PATH_FRAME}`),
  'a text': () => `canary\n${PATH_FRAME}`,
};

type Throw = () => never;

/** Runs an app whose code throws in one place and returns its log. */
const places: Readonly<Record<string, (fail: Throw) => App>> = {
  'a chunk': (fail) => defineApp({ flows: [flowOf((flow) => flow.to('step', fail))], resources: {} }),
  'a policy': (fail) =>
    defineApp({
      flows: [flowOf((flow) => flow.to('step', (ctx) => ctx.requireApproval({ subject: 's', capability: 'c' })))],
      policy: fail,
    }),
  'a tap': (fail) => defineApp({ flows: [flowOf((flow) => flow.tap(fail).to('step', () => 1))] }),
  'a predicate': (fail) =>
    defineApp({ flows: [flowOf((flow) => flow.to('step', () => 1).if(fail, (p) => p.to('then', () => 2)))] }),
  'a resource factory': (fail) => {
    const flow = defineFlow({ name: 'thrower', resources: { tool: resource<object>() }, ...ONCE });
    flow.to('step', () => 1);
    return defineApp({ flows: [flow], resources: { tool: fail } });
  },
  'an exchange factory': (fail) => asking(fail),
  'an exchange': (fail) => asking(() => ({ announce: fail })),
};

const ONCE = { defaults: { retry: { maxAttempts: 1 } } } as const;

function flowOf(wire: (flow: ReturnType<typeof bare>) => unknown) {
  const flow = bare();
  wire(flow);
  return flow;
}

function bare() {
  return defineFlow({ name: 'thrower', ...ONCE });
}

function asking(exchange: () => { announce: Throw }): App {
  const flow = flowOf((each) => each.to('step', (ctx) => ctx.pauseFor({ type: 'ask' })));
  return defineApp({ flows: [flow], exchange: { default: exchange } });
}

describe('logs', () => {
  for (const [what, make] of Object.entries(thrown)) {
    it(`contain no text of ${what}`, () => {
      assert.doesNotMatch(JSON.stringify(describeThrown(make())), /canary/i);
      if (what !== 'an error of ours') assert.doesNotMatch(JSON.stringify(describeFault(make())), /canary/i);
    });
  }

  for (const [where, appOf] of Object.entries(places)) {
    it(`contain no text thrown by ${where}`, async () => {
      for (const make of Object.values(thrown)) {
        const lines: string[] = [];
        const write = (message: string, fields?: object) => void lines.push(JSON.stringify({ message, ...fields }));
        const app = appOf(() => {
          throw make();
        });
        const kit = createTestkit(app, { log: { info: write, warn: write, error: write } });
        await kit.client.start('thrower', null, { id: 'x' });
        await kit.drain();
        assert.doesNotMatch(lines.join('\n'), /canary/i);
      }
    });
  }

  it('name the place of an error and omit its stack', () => {
    const make = () => new TypeError('canary');
    const error = make();
    const { at, ...rest } = describeThrown(error);
    assert.deepEqual(rest, { error: 'TypeError' });
    assert.match(at[0] ?? '', /^at make \(.*\.\w+:\d+:\d+\)$/);
    assert.ok(
      at.every((frame) => /^at (?:[\w$.<>]+ \()?\S+:\d+:\d+\)?$/.test(frame)),
      at.join('\n'),
    );
    assert.match(error.stack ?? '', /^TypeError: canary\n\s+at make /);
    assert.match(new Error('later').stack ?? '', /^Error: later\n/);
  });
});
