import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineApp, defineFlow } from '../../lib/index.ts';
import type { ResumeAnswer } from '../../lib/runtime/client/types.ts';
import { createKit, type FaultPlan, gate, Tally } from '../runtime/kit.ts';

function asking(expiry: { expiresIn?: number; onExpiry?: { value: unknown } } = {}) {
  const runs = new Tally();
  const flow = defineFlow({ name: 'ask', execution: { autoClose: true } });
  flow
    .to('ask', (ctx) => ctx.pauseFor({ type: 'ask', ...expiry }))
    .to('next', async (ctx) => {
      runs.add('next');
      await ctx.state.set('answer', ctx.input);
    });
  return { kit: createKit(defineApp({ flows: [flow], resources: {} })), runs };
}

async function waiting(expiry: Parameters<typeof asking>[0] = {}) {
  const { kit, runs } = asking(expiry);
  await kit.client.start('ask', null, { id: 'x' });
  await kit.drain();
  const id = (await kit.view('x')).interrupts[0]?.interruptId ?? '';
  return { kit, runs, id };
}

const kinds = (answers: readonly { kind: string }[]) => answers.map(({ kind }) => kind).sort();
const text = (answer: ResumeAnswer) => JSON.stringify({ ...answer, kind: '' });

/** All callers read before the first one commits, in each round, so each round has one winner. */
function readTogether(count: number, rounds = 1): { plan: FaultPlan; conflicts: Tally } {
  const conflicts = new Tally();
  const gates = Array.from({ length: rounds }, (_, round) => ({ ...gate(), until: count * (round + 1) - round }));
  const plan: FaultPlan = ({ name }) => {
    if (name !== 'executions.commit') return undefined;
    const commits = conflicts.add('commits');
    const mine = gates.find(({ until }) => commits <= until);
    if (mine?.until === commits) mine.open();
    return mine?.opened;
  };
  return { plan, conflicts };
}

describe('20 answers at once', () => {
  it('of one caller: one is accepted, the others get the same bytes', async () => {
    const { kit, runs, id } = await waiting();
    const { plan, conflicts } = readTogether(20);
    const { client } = kit.process(plan);
    const answers = await kit.finish(
      Promise.all(Array.from({ length: 20 }, () => client.resume('x', id, { value: { yes: true }, requestId: 'r' }))),
    );
    assert.equal(conflicts.of('commits'), 20, 'all of them raced; the losers found the answer');
    assert.deepEqual(kinds(answers), ['accepted', ...Array.from({ length: 19 }, () => 'duplicate')]);
    assert.equal(new Set(answers.map(text)).size, 1);
    await kit.drain();
    assert.deepEqual(
      { runsOfNext: runs.of('next'), result: (await kit.view('x')).result },
      { runsOfNext: 1, result: { answer: { yes: true } } },
    );
    const late = await kit.client.resume('x', id, { value: { yes: true }, requestId: 'r' });
    assert.deepEqual(
      { kind: late.kind, text: text(late) },
      { kind: 'duplicate', text: answers[0] && text(answers[0]) },
    );
  });

  it('of 20 callers: one is accepted, the others learn who answered and when, but not the value', async () => {
    const { kit, runs, id } = await waiting();
    const { plan, conflicts } = readTogether(20);
    const { client } = kit.process(plan);
    const answers = await kit.finish(
      Promise.all(Array.from({ length: 20 }, (_, n) => client.resume('x', id, { value: n, actor: `user${n}` }))),
    );
    assert.equal(conflicts.of('commits'), 20);
    assert.deepEqual(kinds(answers), ['accepted', ...Array.from({ length: 19 }, () => 'conflict')]);
    const winner = answers.findIndex(({ kind }) => kind === 'accepted');
    for (const answer of answers) {
      assert.ok('entry' in answer);
      assert.equal(answer.entry.actor, `user${winner}`);
      assert.ok(!('value' in answer.entry));
    }
    await kit.drain();
    assert.deepEqual(
      { runsOfNext: runs.of('next'), result: (await kit.view('x')).result },
      { runsOfNext: 1, result: { answer: winner } },
    );
  });

  it('derives the request id from interrupt and value when none is given, so a retry is safe', async () => {
    const { kit, id } = await waiting();
    const first = await kit.client.resume('x', id, { value: 'v' });
    const again = await kit.client.resume('x', id, { value: 'v' });
    assert.deepEqual(
      { firstKind: first.kind, againKind: again.kind, text: text(again) },
      { firstKind: 'accepted', againKind: 'duplicate', text: text(first) },
    );
    assert.equal((await kit.client.resume('x', id, { value: 'w' })).kind, 'conflict');
  });

  it('is accepted once when its outcome is lost', async () => {
    const { kit, runs, id } = await waiting();
    let lost = 0;
    const { client } = kit.process(({ name }) => {
      if (name !== 'executions.commit' || lost > 0) return undefined;
      lost += 1;
      return 'after';
    });
    const answer = await kit.finish(client.resume('x', id, { value: 1, requestId: 'r' }));
    assert.equal(lost, 1);
    assert.ok(['accepted', 'duplicate'].includes(answer.kind), answer.kind);
    await kit.pass(120_000);
    assert.deepEqual(
      { runsOfNext: runs.of('next'), result: (await kit.view('x')).result },
      { runsOfNext: 1, result: { answer: 1 } },
    );
  });
});

describe('an answer that comes late', () => {
  it('is gone after the expiry, even before the expiry is committed', async () => {
    const { kit, runs, id } = await waiting({ expiresIn: 60_000, onExpiry: { value: 'nobody' } });
    await kit.clock.advance(60_000);
    const answer = await kit.client.resume('x', id, { value: 'late' });
    assert.equal(answer.kind, 'gone');
    await kit.drain();
    assert.deepEqual(
      { runsOfNext: runs.of('next'), result: (await kit.view('x')).result },
      { runsOfNext: 1, result: { answer: 'nobody' } },
    );
  });

  it('is accepted up to the last millisecond', async () => {
    const { kit, id } = await waiting({ expiresIn: 60_000, onExpiry: { value: 'nobody' } });
    await kit.clock.advance(59_999);
    assert.equal((await kit.client.resume('x', id, { value: 'just' })).kind, 'accepted');
    await kit.pass(60_000);
    assert.deepEqual((await kit.view('x')).result, { answer: 'just' });
  });

  it('is gone after a close, and unknown for a wait that never existed', async () => {
    const { kit, id } = await waiting();
    assert.equal((await kit.client.close('x')).kind, 'pendingInterrupts');
    assert.equal((await kit.client.close('x', { pendingInterrupts: 'cancel' })).kind, 'closed');
    assert.equal((await kit.client.resume('x', id, { value: 1 })).kind, 'gone');
    assert.equal((await kit.client.resume('x', 'other', { value: 1 })).kind, 'unknown');
    assert.equal((await kit.client.resume('y', id, { value: 1 })).kind, 'unknown');
    assert.equal((await kit.view('x')).status, 'cancelled');
  });

  it('with an expired token changes nothing but returns the decision', async () => {
    const { kit, id } = await waiting();
    const { rev } = await kit.load('x');
    assert.equal((await kit.client.resume('x', id, { value: 1, expired: true })).kind, 'gone');
    assert.equal((await kit.load('x')).rev, rev);
    await kit.client.resume('x', id, { value: 1, requestId: 'r' });
    assert.equal((await kit.client.resume('x', id, { value: 1, requestId: 'r', expired: true })).kind, 'duplicate');
  });

  it('is answered from the ledger store when its entry left the head', async () => {
    const flow = defineFlow({ name: 'many', signals: { poke: z.number() }, execution: { autoClose: false } });
    flow.to('ask', (ctx) => ctx.pauseFor({ type: 'ask' }));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: { ledgerKept: 4 } });
    await kit.client.start('many', null, { id: 'x' });
    await kit.drain();
    const id = (await kit.view('x')).interrupts[0]?.interruptId ?? '';
    const first = await kit.client.resume('x', id, { value: 1, requestId: 'r' });
    for (let n = 0; n < 20; n += 1) await kit.client.signal('x', 'poke', n, { requestId: `s${n}` });
    const { head } = await kit.load('x');
    assert.ok(head.spilled > 0 && !head.ledger.some((entry) => entry.id === id), 'the entry left the head');
    const again = await kit.client.resume('x', id, { value: 1, requestId: 'r' });
    assert.deepEqual({ kind: again.kind, text: text(again) }, { kind: 'duplicate', text: text(first) });
    assert.equal((await kit.client.resume('x', id, { value: 2 })).kind, 'conflict');
    assert.equal(await kit.client.signal('x', 'poke', 0, { requestId: 's0' }), 'duplicate');
    assert.equal(await kit.client.signal('x', 'poke', 9, { requestId: 's0' }), 'mismatch');
  });
});

describe('an answer that loses its commit', () => {
  it('looks again for entries that left the head in between', async () => {
    const flow = defineFlow({ name: 'many', signals: { poke: z.number() }, execution: { autoClose: false } });
    flow.to('ask', (ctx) => ctx.pauseFor({ type: 'ask' }));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: { ledgerKept: 4 } });
    await kit.client.start('many', null, { id: 'x' });
    await kit.drain();
    const poke = async (from: number) => {
      for (let n = from; n < from + 10; n += 1) await kit.client.signal('x', 'poke', n, { requestId: `s${n}` });
    };
    await poke(0);
    const id = (await kit.view('x')).interrupts[0]?.interruptId ?? '';
    const late = gate();
    let held = 0;
    const { client } = kit.process(({ name }) => {
      if (name !== 'executions.commit') return undefined;
      held += 1;
      return late.opened;
    });
    const loser = client.resume('x', id, { value: 'late' });
    await kit.clock.advance(0);
    assert.equal(held, 1);
    assert.equal((await kit.client.resume('x', id, { value: 'first', actor: 'kim' })).kind, 'accepted');
    await poke(10);
    const { head } = await kit.load('x');
    assert.ok(!head.ledger.some((entry) => entry.id === id), 'the answer left the head');
    late.open();
    const answer = await kit.finish(loser);
    assert.deepEqual(
      { kind: answer.kind, actor: 'entry' in answer && answer.entry.actor },
      { kind: 'conflict', actor: 'kim' },
    );
  });

  it('is not applied to the next wait with the same id', async () => {
    const flow = defineFlow({ name: 'rounds', signals: { round: z.null() }, execution: { autoClose: false } });
    flow.when('round').to('ask', (ctx) => ctx.pauseFor({ type: 'ask', id: 'gate' }));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    const round = async () => {
      await kit.client.signal('x', 'round', null);
      await kit.drain();
    };
    await kit.client.start('rounds', null, { id: 'x' });
    await round();
    const late = gate();
    const { client } = kit.process(({ name }) => (name === 'executions.commit' ? late.opened : undefined));
    const loser = client.resume('x', 'gate', { value: 'late' });
    await kit.clock.advance(0);
    assert.equal((await kit.client.resume('x', 'gate', { value: 'first', actor: 'kim' })).kind, 'accepted');
    await round();
    late.open();
    const answer = await kit.finish(loser);
    assert.deepEqual(
      { kind: answer.kind, actor: 'entry' in answer && answer.entry.actor },
      { kind: 'conflict', actor: 'kim' },
    );
    assert.deepEqual(
      (await kit.view('x')).interrupts.map(({ generation }) => generation),
      [1],
    );
  });
});

describe('20 starts at once', () => {
  const one = () => {
    const runs = new Tally();
    const flow = defineFlow({ name: 'one' });
    flow.to('only', (ctx) => {
      runs.add(JSON.stringify(ctx.input));
    });
    return { kit: createKit(defineApp({ flows: [flow], resources: {} })), runs };
  };

  it('with one id and one input create one execution', async () => {
    const { kit, runs } = one();
    let creates = 0;
    const { client } = kit.process(({ name }) => {
      creates += name === 'executions.create' ? 1 : 0;
      return undefined;
    });
    const input = (n: number) => (n % 2 ? { a: 'x'.repeat(500), b: 2 } : { b: 2, a: 'x'.repeat(500) });
    const answers = await kit.finish(
      Promise.all(Array.from({ length: 20 }, (_, n) => client.start('one', input(n), { id: 'x' }))),
    );
    assert.equal(creates, 20, 'all of them raced');
    assert.deepEqual(kinds(answers), [...Array.from({ length: 19 }, () => 'existing'), 'started']);
    await kit.drain();
    assert.deepEqual([...runs.counts.values()], [1]);
    assert.equal(
      (await client.start('one', input(0), { id: 'x' })).kind,
      'existing',
      'the start is still a duplicate after its run',
    );
  });

  it('with one id and different inputs create one execution, and the others get a conflict', async () => {
    const { kit, runs } = one();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => kit.client.start('one', n, { id: 'x' })));
    assert.deepEqual(kinds(answers), [...Array.from({ length: 19 }, () => 'conflict'), 'started']);
    await kit.drain();
    assert.equal(runs.counts.size, 1);
  });

  it('with a lost outcome can be repeated and return the same execution', async () => {
    const { kit, runs } = one();
    let lost = 0;
    const { client } = kit.process(({ name }) => {
      if (name !== 'executions.create' || lost > 0) return undefined;
      lost += 1;
      return 'after';
    });
    await client.start('one', 1, { id: 'x' }).catch(() => undefined);
    assert.equal(lost, 1);
    assert.equal((await client.start('one', 1, { id: 'x' })).kind, 'existing');
    await kit.drain();
    assert.deepEqual([...runs.counts], [['1', 1]]);
  });
});

describe('50 concurrent callers', () => {
  for (const closed of [false, true]) {
    it(`deliver every signal once${closed ? ', and none after the close' : ''}`, async () => {
      const flow = defineFlow({ name: 'crowd', signals: { poke: z.number() }, execution: { autoClose: false } });
      flow.when('poke').to('count', (ctx) => ctx.state.append('seen', ctx.input));
      const kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start('crowd', null, { id: 'x' });
      const { plan } = readTogether(50, 2);
      let appended = 0;
      const { client } = kit.process((call) => {
        appended += call.name === 'executions.post' ? 1 : 0;
        return plan(call);
      });
      const all = Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          client.signal('x', 'poke', n, { requestId: `s${n}` }).then((a) => [n, a] as const),
        ),
      );
      const closing = closed ? kit.finish(all.then(() => kit.client.close('x'))) : undefined;
      const answers = await kit.finish(all);
      assert.ok(appended >= 20, `only ${appended} signals were appended to the inbox`);
      assert.deepEqual([...new Set(answers.map(([, answer]) => answer))], ['accepted']);
      await closing;
      await kit.drain();
      const again = await kit.finish(
        Promise.all(answers.map(([n]) => kit.client.signal('x', 'poke', n, { requestId: `s${n}` }))),
      );
      assert.deepEqual([...new Set(again)], ['duplicate']);
      const seen = (await kit.view('x')).state.seen;
      assert.ok(Array.isArray(seen));
      assert.deepEqual(
        seen.toSorted((a, b) => Number(a) - Number(b)),
        answers.map(([n]) => n),
      );
      if (closed) assert.equal(await kit.client.signal('x', 'poke', 99, { requestId: 's99' }), 'ignored');
    });
  }
});

describe('a signal that contention moved beside the head', () => {
  it('counts as work: the execution is not idle before it is done', async () => {
    const flow = defineFlow({ name: 'crowded', signals: { more: z.number() }, execution: { autoClose: false } });
    flow.when('more').to('keep', (ctx) => ctx.state.set('got', ctx.input));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('crowded', null, { id: 'x' });
    await kit.drain();
    assert.equal((await kit.view('x')).status, 'idle');
    // No commit of its process wins, and it dies after its post, so the sweeper finds that.
    const { client } = kit.process(({ name }) => {
      if (name === 'executions.post') return 'dieAfter';
      return name === 'executions.commit' ? { answer: 'conflict' } : undefined;
    });
    void client.signal('x', 'more', 1);
    await kit.clock.advance(500);
    assert.equal((await kit.load('x')).inbox.length, 1);
    assert.equal((await kit.view('x')).status, 'running');
    const again = await kit.client.start('crowded', null, { id: 'x' });
    assert.deepEqual(again, { kind: 'existing', executionId: 'x', status: 'running' });
    await kit.pass(90_000);
    const { status, state } = await kit.view('x');
    assert.deepEqual({ status, state }, { status: 'idle', state: { got: 1 } });
  });
});
