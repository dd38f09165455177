/** Answers that reach the inbox when the head had room for their result, and are committed when it has none. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow, FlowError } from '../../../lib/index.ts';
import { createKit, type FaultPlan, type Kit, type PortCall } from '../kit.ts';

const WAIT = 600_000;
const LIMITS = { headBytes: 3_200, headBytesAtMost: 5_700 };
/** Chunks started by the answer to `big`: the state leaves room for either, not for both. */
const WIDE = Array.from({ length: 15 }, (_, i) => `wide${i}`);
/** One answer has room for these chunks, two do not. */
const SOME = WIDE.slice(3);
const KEYS = Array.from({ length: 7 }, (_, i) => `key${i}`);

function survey() {
  const flow = defineFlow({ name: 'survey', execution: { autoClose: false, history: 'off' } });
  const big = flow.to('big', (ctx) =>
    ctx.pauseFor({ type: 'q', id: 'big', expiresIn: WAIT, onExpiry: { event: 'late' } }),
  );
  for (const name of WIDE) big.to(name, (ctx) => ctx.state.increment('done'));
  flow
    .to('small', (ctx) => ctx.pauseFor({ type: 'q', id: 'small' }))
    .to('note', (ctx) => ctx.state.set('small', ctx.input));
  flow.when('late').to('remind', (ctx) => ctx.state.set('late', true));
  flow.when('fill').to('fill', async (ctx) => {
    for (const key of KEYS) await ctx.state.set(key, 'x'.repeat(205));
  });
  flow.when('empty').to('empty', async (ctx) => {
    for (const key of KEYS) await ctx.state.delete(key);
  });
  return defineApp({ flows: [flow], resources: {} });
}

async function tell(kit: Kit, signal: 'fill' | 'empty'): Promise<void> {
  await kit.client.signal('x', signal, null);
  await kit.drain();
}

async function asked(): Promise<Kit> {
  const kit = createKit(survey(), { parameters: LIMITS });
  await kit.client.start('survey', null, { id: 'x' });
  await kit.drain();
  return kit;
}

/** A caller that loses its direct try. The head fills while its first answer is in flight to the inbox. */
function slow(kit: Kit, dies = false) {
  let [commits, appends] = [0, 0];
  const plan = ({ name }: PortCall): ReturnType<FaultPlan> => {
    if (appends > 0 && dies) return 'dieBefore';
    if (name === 'executions.commit') commits += 1;
    if (name === 'executions.commit' && commits === 1) return { answer: 'conflict' };
    if (name === 'executions.post') appends += 1;
    return name === 'executions.post' && appends === 1 ? tell(kit, 'fill') : undefined;
  };
  return kit.process(plan).client;
}

async function codeOf(work: Promise<{ readonly kind: string }>): Promise<string> {
  try {
    return (await work).kind;
  } catch (error) {
    assert.ok(FlowError.is(error), String(error));
    return error.code;
  }
}

/** The answer of a dead caller in the inbox of a full head. */
async function left(): Promise<Kit> {
  const kit = await asked();
  void slow(kit, true).resume('x', 'big', { value: 1 });
  for (let ticks = 0; ticks < 1_000 && (await kit.load('x')).inbox.length === 0; ticks += 1) await kit.clock.advance(0);
  assert.equal((await kit.load('x')).inbox.length, 1);
  return kit;
}

describe('an answer in the inbox whose result has no room', () => {
  it('is refused with the code of a direct answer, and its wait stays', async () => {
    const kit = await asked();
    const queued = await codeOf(kit.finish(slow(kit).resume('x', 'big', { value: 1 })));
    const direct = await codeOf(kit.finish(kit.client.resume('x', 'big', { value: 1 })));
    assert.deepEqual({ queued, direct }, { queued: 'head_too_large', direct: 'head_too_large' });
    const { head, inbox } = await kit.load('x');
    assert.deepEqual(
      { inbox, failure: head.failure, interruptCount: head.interrupts.length },
      { inbox: [], failure: undefined, interruptCount: 2 },
    );
    await kit.pass(WAIT + 60_000);
    assert.equal((await kit.view('x')).state.late, true);
  });

  it('does not block other answers', async () => {
    const kit = await left();
    assert.equal(await codeOf(kit.finish(kit.client.resume('x', 'small', { value: 2 }))), 'accepted');
    await kit.drain();
    const { head, inbox } = await kit.load('x');
    assert.deepEqual({ inbox, interrupts: head.interrupts.map(({ id }) => id) }, { inbox: [], interrupts: ['big'] });
    assert.equal((await kit.view('x')).state.small, 2);
  });

  it('is refused alone: answers with room in the same commit are accepted', async () => {
    const kit = await asked();
    const client = slow(kit);
    const answers = ['big', 'small'].map((id) => codeOf(client.resume('x', id, { value: id })));
    assert.deepEqual(await kit.finish(Promise.all(answers)), ['head_too_large', 'accepted']);
    assert.deepEqual((await kit.load('x')).inbox, []);
  });

  it('does not block a close', async () => {
    const kit = await left();
    assert.equal(await codeOf(kit.finish(kit.client.close('x', { pendingInterrupts: 'cancel' }))), 'closed');
    const { head, inbox } = await kit.load('x');
    assert.deepEqual(
      { inbox, ledger: head.ledger.flatMap((entry) => (entry.kind === 'resume' ? [entry.outcome] : [])) },
      { inbox: [], ledger: ['cancelled', 'cancelled'] },
    );
  });

  it('neither fails the execution nor delays the expiry of its wait', async () => {
    const kit = await left();
    await kit.pass(120_000);
    const { head, inbox } = await kit.load('x');
    assert.deepEqual(
      { inbox, failure: head.failure, interruptCount: head.interrupts.length },
      { inbox: [], failure: undefined, interruptCount: 2 },
    );
    assert.ok(
      kit.logs.some((line) => line.includes('answer refused')),
      kit.logs.join(),
    );
    await kit.pass(WAIT);
    const { state, interrupts } = await kit.view('x');
    assert.deepEqual(
      { late: state.late, interrupts: interrupts.map(({ interruptId }) => interruptId) },
      { late: true, interrupts: ['small'] },
    );
  });

  it('is accepted under the same request id when there is room', async () => {
    const kit = await asked();
    const answer = { value: 1, requestId: 'r' };
    assert.equal(await codeOf(kit.finish(slow(kit).resume('x', 'big', answer))), 'head_too_large');
    await tell(kit, 'empty');
    assert.equal(await codeOf(kit.finish(kit.client.resume('x', 'big', answer))), 'accepted');
    await kit.drain();
    assert.equal((await kit.view('x')).state.done, WIDE.length);
  });
});

describe('a change that takes part of the inbox and then loses its last commit', () => {
  it('announces that part and keeps its values', async () => {
    const kit = createKit(crowded(), { parameters: { ...LIMITS, commitTries: 1 } });
    await kit.client.start('crowded', null, { id: 'x' });
    await kit.drain();
    for (const id of ['a', 'b']) void lost(kit).resume('x', id, { value: id.repeat(300) });
    for (let ticks = 0; ticks < 1_000 && (await kit.load('x')).inbox.length < 2; ticks += 1) await kit.clock.advance(0);
    let [commits, drops] = [0, 0];
    const { client } = kit.process(({ name }) => {
      if (name === 'values.drop') drops += 1;
      if (name === 'executions.commit') commits += 1;
      return name === 'executions.commit' && commits === 2 ? { answer: 'conflict' } : undefined;
    });
    assert.equal(await codeOf(kit.finish(client.seal('x').then((kind) => ({ kind })))), 'contention');
    assert.equal((await kit.load('x')).inbox.length, 1);
    await kit.drain();
    assert.deepEqual({ done: (await kit.view('x')).state.done, drops }, { done: SOME.length, drops: 0 });
  });

  function crowded() {
    const flow = defineFlow({ name: 'crowded', execution: { autoClose: false, history: 'off' } });
    for (const id of ['a', 'b']) {
      const asked = flow.to(id, (ctx) => ctx.pauseFor({ type: 'q', id }));
      for (const name of SOME) asked.to(`${name}-${id}`, (ctx) => ctx.state.increment('done'));
    }
    return defineApp({ flows: [flow], resources: {} });
  }

  /** A caller that loses its direct try and dies with its answer in the inbox. */
  function lost(kit: Kit) {
    let [commits, appends] = [0, 0];
    return kit.process(({ name }) => {
      if (appends > 0) return 'dieBefore';
      if (name === 'executions.post') appends += 1;
      if (name === 'executions.commit') commits += 1;
      return name === 'executions.commit' && commits === 1 ? { answer: 'conflict' } : undefined;
    }).client;
  }
});
