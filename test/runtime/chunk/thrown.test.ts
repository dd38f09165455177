/** Any thrown value is readable in the execution and does not change the number of attempts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import { describeFault } from '../../../lib/errors/errors.ts';
import { readThrown } from '../../../lib/errors/thrown.ts';
import { createLocalHost } from '../../../lib/host.ts';
import { defineApp, defineFlow, FatalError, FlowError, RetryableError, resource } from '../../../lib/index.ts';
import { createKit, Tally } from '../kit.ts';

const foreign = (code: string): unknown => vm.runInNewContext(code);
const throwing = (key: string): Error =>
  Object.defineProperty(new Error('seen'), key, {
    get() {
      throw new Error(`${key} can not be read`);
    },
  });

/** The error of an execution whose only chunk throws this value. */
async function failureOf(thrown: unknown) {
  const flow = defineFlow({ name: 'thrower', defaults: { retry: { maxAttempts: 1 } } });
  flow.to('step', () => {
    throw thrown;
  });
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  await kit.client.start('thrower', null, { id: 'x' });
  await kit.drain();
  const { error } = await kit.view('x');
  assert.ok(error);
  return error;
}

describe('what was thrown', () => {
  it('is stored with name, message, code and causes', async () => {
    assert.deepEqual(await failureOf(foreign(`new TypeError('elsewhere')`)), {
      name: 'TypeError',
      message: 'elsewhere',
      chunk: 'step',
      attempt: 1,
    });
    const disk = Object.assign(new Error('disk full'), { code: 'ENOSPC' });
    const error = Object.assign(new Error('save failed', { cause: disk }), { code: 'E_SAVE' });
    assert.deepEqual(await failureOf(error), {
      name: 'Error',
      message: 'save failed',
      code: 'E_SAVE',
      causes: ['Error: disk full'],
      chunk: 'step',
      attempt: 1,
    });
    const { name, code, message } = await failureOf({ code: 'E_QUOTA', message: 'quota exceeded', name: 'QuotaError' });
    assert.deepEqual({ name, code, message }, { name: 'QuotaError', code: 'E_QUOTA', message: 'quota exceeded' });
  });

  const odd: Readonly<Record<string, readonly [unknown, RegExp]>> = {
    'a text': ['no luck', /threw "no luck"/],
    'a bigint': [10n, /threw 10n/],
    'a symbol': [Symbol('why'), /threw Symbol\(why\)/],
    undefined: [undefined, /threw undefined/],
    null: [null, /threw null/],
    'a function': [() => undefined, /threw a function/],
    'an object without a message': [{ status: 500, body: { reason: 'busy' } }, /status: 500.*reason: "busy"/],
    'an instance of a class': [new Response(null, { status: 500 }), /threw Response/],
    'a message that is no text': [Object.assign(new Error('x'), { message: { reason: 'odd' } }), /reason: "odd"/],
    'a message that can not be read': [throwing('message'), /^a chunk threw/],
    'a name that can not be read': [throwing('name'), /^seen$/],
    'a cause that can not be read': [throwing('cause'), /^seen$/],
    'a stack that can not be read': [throwing('stack'), /^seen$/],
    'a stack that is no text': [Object.assign(new Error('seen'), { stack: 7n }), /^seen$/],
    'a proxy that refuses everything': [revoked(), /^a chunk threw/],
  };
  for (const [what, [thrown, wanted]] of Object.entries(odd)) {
    it(`can be ${what}`, async () => {
      const { message, name } = await failureOf(thrown);
      assert.match(message, wanted);
      assert.equal(name, 'Error');
    });
  }

  it('lists all errors of an aggregate and their causes, up to a limit', () => {
    const inner = new AggregateError([new Error('one', { cause: 'because' }), { message: 'two' }], 'both');
    assert.deepEqual(readThrown(new Error('all', { cause: inner })).causes, [
      'AggregateError: both',
      'Error: one',
      'because',
      'two',
    ]);
    const many = new AggregateError(Array.from({ length: 10_000 }, (_, i) => new Error('m'.repeat(10_000) + i)));
    const { causes = [] } = readThrown(many);
    assert.deepEqual(
      { causeCount: causes.length, longest: Math.max(...causes.map(({ length }) => length)) },
      { causeCount: 8, longest: 500 },
    );
  });

  it('is bounded for circular and endless causes', () => {
    const circle = new Error('round');
    circle.cause = circle;
    assert.equal(readThrown(circle).causes?.length, 8);
    const endless = (): Error => Object.defineProperty(new Error('deep'), 'cause', { get: endless });
    assert.equal(readThrown(endless()).causes?.length, 8);
  });

  it('is bounded in name, message and code', () => {
    const {
      name,
      message,
      code = '',
    } = readThrown({
      name: 'n'.repeat(1e6),
      message: '\ud800'.repeat(1e6),
      code: 'c'.repeat(1e6),
    });
    assert.deepEqual(
      { nameLength: name.length, messageLength: message.length, codeLength: code.length },
      { nameLength: 128, messageLength: 2_000, codeLength: 128 },
    );
    assert.ok(message.isWellFormed());
  });

  it('is logged without its message', () => {
    for (const thrown of [revoked(), throwing('stack'), 10n, { stack: ['at once'] }, foreign(`new Error('secret')`)])
      assert.doesNotMatch(JSON.stringify(describeFault(thrown)), /secret/);
  });

  it('reaches a chunk that awaits it, a host and an error handler', async () => {
    const given: unknown[] = [];
    const flow = defineFlow({ name: 'told' });
    const note = flow.chunk('note', {}, (ctx) => void given.push((ctx.input as { error: unknown }).error));
    flow.to('top', async (ctx) => {
      await ctx.emit('go', 1);
    });
    flow.when('go').to(
      flow.chunk('below', { retry: { maxAttempts: 1 } }, () => {
        throw Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 'E1' });
      }),
    );
    flow.when('other').to(
      flow.chunk('handled', { retry: { maxAttempts: 1 }, onError: note }, () => {
        throw new Error('outer', { cause: new Error('inner') });
      }),
    );
    const host = createLocalHost(defineApp({ flows: [flow], resources: {} }));
    await assert.rejects(host.flow('told').start(1), { message: 'outer', code: 'E1', causes: ['Error: inner'] });
    const execution = await host.flow('told').createExecution({ autoClose: false });
    await execution.emit('other', 1);
    assert.deepEqual(given, [{ name: 'Error', message: 'outer', causes: ['Error: inner'] }]);
    await host.stop();
  });
});

describe('values thrown by other user code', () => {
  const thrown = { code: 'E_DOWN', message: 'not reached', cause: foreign(`new Error('below')`) };
  const refuse = (): never => {
    throw thrown;
  };
  const wired: Readonly<Record<string, (flow: ReturnType<typeof defineFlow>) => unknown>> = {
    'a predicate': (flow) => flow.match((m) => m.case(refuse, (p) => p.to('a', () => 1))),
    'a tap': (flow) => flow.tap(refuse),
    'a policy': (flow) =>
      flow.to('a', async (ctx) => (await ctx.requireApproval({ subject: 's', capability: 'c' })).status),
    'a factory of a resource': (flow) => flow.to('a', () => 1),
  };
  for (const [what, wire] of Object.entries(wired)) {
    it(`are readable as well: ${what}`, async () => {
      const flow = defineFlow({ name: 'user', resources: { db: resource<number>() } });
      wire(flow as unknown as ReturnType<typeof defineFlow>);
      const db = what.includes('resource') ? async () => refuse() : () => 1;
      const kit = createKit(defineApp({ flows: [flow], resources: { db }, policy: refuse }));
      await kit.client.start('user', null, { id: 'x' });
      await kit.pass(60_000);
      const { name, code, message, causes, attempt } = (await kit.view('x')).error ?? {};
      assert.deepEqual(
        { name, code, message, causes, attempt },
        { name: 'Error', code: 'E_DOWN', message: 'not reached', causes: ['Error: below'], attempt: 3 },
      );
    });
  }
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('classes of errors', () => {
  it('are recognized across realms and package copies by name or mark', () => {
    class Declined extends FatalError {
      override readonly name = 'Declined';
    }
    const copy = { [Symbol.for('durable-triggerflow.fatal')]: true, name: 'Declined', message: 'no' };
    const named = foreign(`Object.assign(new Error('no'), { name: 'FatalError' })`);
    for (const error of [new Declined('no'), copy, named]) assert.equal(FatalError.is(error), true);
    assert.equal(FatalError.is(new Error('no')), false);
    assert.equal(RetryableError.is(foreign(`Object.assign(new Error('no'), { name: 'RetryableError' })`)), true);
    assert.equal(RetryableError.is(new RetryableError('no', { retryAfter: 1 })), true);
    assert.equal(FlowError.is(foreign(`Object.assign(new Error('no'), { name: 'FlowError', code: 'gone' })`)), true);
    assert.equal(FlowError.is(Object.assign(new Error('no'), { name: 'FlowError', code: {} })), false);
  });
});

describe('attempts', () => {
  const START = Date.UTC(2026, 0, 1);
  const cyclic = Object.assign(new Error('x'), { name: 'FlowError', code: {} });
  cyclic.code = { response: cyclic };
  const hour = 3_600_000;
  const after = (retryAfter: unknown) => Object.assign(new Error('429'), { name: 'RetryableError', retryAfter });
  const cases: Readonly<Record<string, readonly [thrown: unknown, pause: number]>> = {
    'a bigint below the pause of the policy': [after(5n), 1_000],
    'a bigint above it': [after(60_000n), 60_000],
    'a text': [after('5s'), 1_000],
    'a symbol': [after(Symbol('soon')), 1_000],
    NaN: [after(Number.NaN), 1_000],
    Infinity: [after(Number.POSITIVE_INFINITY), 1_000],
    'a negative number': [after(-1), 1_000],
    'an object': [after({ valueOf: () => 5 }), 1_000],
    'a Date': [after(new Date(START + 60_000)), 60_000],
    'a Date of another realm': [after(foreign(`new Date(${START + 60_000})`)), 60_000],
    'a Date that has passed': [after(new Date(0)), 1_000],
    'no Date': [after(new Date(Number.NaN)), 1_000],
    'a cyclic code': [cyclic, 1_000],
    'attempt fields of its own': [Object.assign(new Error('x'), { attempt: -5, maxAttempts: 99, fatal: true }), 1_000],
  };
  for (const [what, [thrown, pause]] of Object.entries(cases)) {
    it(`are counted and delayed when an error carries ${what}`, async () => {
      const at: number[] = [];
      const runs = new Tally();
      const flow = defineFlow({ name: 'again', defaults: { retry: { jitter: 0, factor: 1 } } });
      flow.to('step', () => {
        runs.add('step');
        at.push(kit.clock.now());
        throw thrown;
      });
      const kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start('again', null, { id: 'x' });
      await kit.pass(hour);
      assert.equal(runs.of('step'), 3);
      assert.ok((at[1] ?? 0) - (at[0] ?? 0) >= pause && (at[1] ?? 0) - (at[0] ?? 0) < pause + 2_000, String(at));
      assert.equal((await kit.view('x')).status, 'failed');
    });
  }
});
