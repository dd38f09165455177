/** Concurrent answers: each is accepted once with few writes, by the inbox after lost direct tries. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow, FlowError } from '../../../lib/index.ts';
import type { Ports } from '../../../lib/ports/ports.ts';
import type { ResumeAnswer } from '../../../lib/runtime/client/types.ts';
import { createTestkit } from '../../../lib/testing.ts';
import { createKit, type Fault, type Kit, type PortCall } from '../kit.ts';

function survey(expiresIn?: number) {
  const flow = defineFlow({ name: 'survey' });
  flow
    .forEach((each) =>
      each.to('ask', (ctx) =>
        ctx.pauseFor({
          type: 'q',
          id: 'q',
          ...(expiresIn === undefined ? {} : { expiresIn, onExpiry: { value: 'expired' } }),
        }),
      ),
    )
    .to('sum', (ctx) => ctx.state.set('answers', ctx.input));
  return defineApp({ flows: [flow], resources: {} });
}

const items = (count: number) => Array.from({ length: count }, (_, i) => i);
const waitOf = (item: number) => `q-${item}`;
const kinds = (answers: readonly ResumeAnswer[]) => answers.map(({ kind }) => kind);

async function asked(count: number, expiresIn?: number): Promise<Kit> {
  const kit = createKit(survey(expiresIn));
  await kit.client.start('survey', items(count), { id: 'x' });
  await kit.drain();
  return kit;
}

/** The answer loses its first try; `then` replaces its later calls. */
function losing(then: (call: PortCall) => Fault | undefined = () => undefined) {
  let commits = 0;
  return (call: PortCall): Fault | undefined => {
    if (call.name === 'executions.commit') commits += 1;
    return call.name === 'executions.commit' && commits === 1 ? { answer: 'conflict' } : then(call);
  };
}

describe('concurrent answers', () => {
  for (const count of [10, 80, 200]) {
    it(`of ${count} waits: each is accepted, with at most four writes each`, async () => {
      const app = survey();
      const kit = createTestkit(app);
      await kit.client.start('survey', items(count), { id: 'x' });
      await kit.drain();
      let writes = 0;
      // The barrier makes all callers read the same revision first.
      const slow = <Port extends object>(port: Port): Port =>
        new Proxy(port, {
          get(target, name) {
            const call = Reflect.get(target, name) as (...input: readonly unknown[]) => unknown;
            return async (...input: readonly unknown[]) => {
              if (!/^(get|load|list|read|find|has)/.test(String(name))) writes += 1;
              await new Promise(setImmediate);
              return call.apply(target, [...input]);
            };
          },
        });
      const { executions, values, ledger } = kit.ports;
      const ports: Ports = {
        ...kit.ports,
        executions: slow(executions),
        values: slow(values),
        ledger: slow(ledger),
      };
      const other = createTestkit(app, { over: { ...kit, ports } });
      const answers = await Promise.all(items(count).map((i) => other.client.resume('x', waitOf(i), { value: i })));
      await kit.drain();
      assert.deepEqual(kinds(answers), Array(count).fill('accepted'));
      assert.ok(writes <= 4 * count, `${writes / count} writes each`);
      const view = await kit.client.get('x');
      assert.deepEqual(view?.state.answers, items(count));
    });
  }

  for (const count of [30, 100]) {
    it(`by ${count} processes: each is accepted, with at most four writes each`, async () => {
      const kit = await asked(count);
      let writes = 0;
      let turn: Promise<void> | undefined;
      const slow = ({ name }: PortCall): Promise<void> => {
        if (/commit|post|removePosts|put/.test(name)) writes += 1;
        turn ??= new Promise<void>((resolve) => {
          setImmediate(() => {
            turn = undefined;
            resolve();
          });
        });
        return turn;
      };
      const answers = await kit.finish(
        Promise.all(items(count).map((i) => kit.process(slow).client.resume('x', waitOf(i), { value: i }))),
      );
      assert.deepEqual(kinds(answers), Array(count).fill('accepted'));
      assert.ok(writes <= 4 * count, `${writes / count} writes each`);
    });
  }

  it('to one wait: one is accepted, the others get a conflict', async () => {
    const kit = await asked(1);
    const answers = await kit.finish(
      Promise.all(items(30).map((i) => kit.process().client.resume('x', 'q-0', { value: i, requestId: `r${i}` }))),
    );
    const accepted = answers.filter(({ kind }) => kind === 'accepted');
    assert.equal(accepted.length, 1);
    assert.equal(answers.filter(({ kind }) => kind === 'conflict').length, 29);
  });

  it('with one request id: one is accepted, the others are duplicates with the same entry', async () => {
    const kit = await asked(2);
    const lost = () => kit.process(losing()).client;
    const answers = await kit.finish(
      Promise.all(items(5).map(() => lost().resume('x', 'q-0', { value: 'yes', requestId: 'r' }))),
    );
    assert.equal(answers.filter(({ kind }) => kind === 'accepted').length, 1);
    assert.equal(answers.filter(({ kind }) => kind === 'duplicate').length, 4);
    const again = await kit.finish(kit.client.resume('x', 'q-0', { value: 'yes', requestId: 'r' }));
    const entries = [...answers, again].map((answer) => ('entry' in answer ? answer.entry : undefined));
    assert.equal(new Set(entries.map((entry) => JSON.stringify(entry))).size, 1);
    assert.ok(entries.every((entry) => entry && !('mark' in entry)));
    const other = await kit.finish(lost().resume('x', 'q-0', { value: 'no', requestId: 'r' }));
    assert.equal(other.kind, 'mismatch');
  });
});

describe('an answer in the inbox', () => {
  it('is committed in a sealed execution, which refuses signals', async () => {
    const kit = await asked(1);
    await kit.client.seal('x');
    const { client } = kit.process(losing());
    assert.equal((await kit.finish(client.resume('x', 'q-0', { value: 1 }))).kind, 'accepted');
    assert.equal(await kit.client.signal('x', 'late', null), 'ignored');
  });

  it('is committed by the active worker after its caller died', async () => {
    const kit = await asked(2);
    const { client } = kit.process(losing(({ name }) => (name === 'executions.post' ? 'dieAfter' : undefined)));
    void client.resume('x', 'q-0', { value: 'left behind' });
    await kit.clock.advance(0);
    assert.equal((await kit.load('x')).inbox.length, 1);
    await kit.pass(60_000);
    assert.deepEqual((await kit.load('x')).inbox, []);
    const again = await kit.finish(kit.client.resume('x', 'q-0', { value: 'left behind' }));
    assert.equal(again.kind, 'duplicate');
  });

  it('wins over the expiry if it was appended before it, and loses otherwise', async () => {
    const kit = await asked(2, 60_000);
    const dying = losing(({ name }) => (name === 'executions.post' ? 'dieAfter' : undefined));
    void kit.process(dying).client.resume('x', 'q-0', { value: 'in time' });
    await kit.clock.advance(60_001);
    const late = await kit.finish(kit.process(losing()).client.resume('x', 'q-1', { value: 'late' }));
    assert.equal(late.kind, 'gone');
    await kit.drain();
    assert.deepEqual((await kit.view('x')).state.answers, ['in time', 'expired']);
  });

  it('is checked against the host lease at its append', async () => {
    const kit = await asked(2);
    const claim = await kit.client.claim('x', 'me', 1_000);
    assert.equal(claim.kind, 'claimed');
    const host = claim.kind === 'claimed' ? claim.fence : 0;
    const dying = losing(({ name }) => (name === 'executions.post' ? 'dieAfter' : undefined));
    void kit.process(dying).client.resume('x', 'q-0', { value: 'mine', host });
    await kit.clock.advance(1_500);
    const late = await kit.finish(kit.process(losing()).client.resume('x', 'q-1', { value: 'late', host }));
    assert.equal(late.kind, 'leaseExpired');
    await kit.pass(60_000);
    const known = await kit.client.lookup('x', 'q-0');
    assert.equal(known?.kind === 'resolved' && known.entry.outcome, 'accepted');
    assert.equal((await kit.client.lookup('x', 'q-1'))?.kind, 'pending');
    for (const client of [kit.client, kit.process(losing()).client]) {
      const again = await kit.finish(client.resume('x', 'q-0', { value: 'mine', host }));
      assert.equal(again.kind, 'duplicate');
    }
  });

  it('is committed by the next caller when the first one does not', async () => {
    const kit = await asked(3);
    const dying = losing(({ name }) => (name === 'executions.post' ? 'dieAfter' : undefined));
    void kit.process(dying).client.resume('x', 'q-0', { value: 'first' });
    await kit.clock.advance(0);
    const second = await kit.finish(kit.process(losing()).client.resume('x', 'q-1', { value: 'second' }));
    assert.equal(second.kind, 'accepted');
    const first = await kit.client.lookup('x', 'q-0');
    assert.equal(first?.kind, 'resolved');
  });

  it('ends in `contention` when no commit takes it; the same request id finds it later', async () => {
    const kit = await asked(1);
    const never = ({ name }: PortCall): Fault | undefined =>
      name === 'executions.commit' ? { answer: 'conflict' } : undefined;
    const begun = kit.clock.now();
    const { client } = kit.process(never);
    const failure = await kit.finish(client.resume('x', 'q-0', { value: 1 }).catch((error: unknown) => error));
    assert.ok(FlowError.is(failure) && failure.code === 'contention', String(failure));
    assert.ok(kit.clock.now() - begun < 25_000);
    await kit.drain();
    assert.equal((await kit.finish(kit.client.resume('x', 'q-0', { value: 1 }))).kind, 'duplicate');
  });

  it('does not answer a later wait of the same id', async () => {
    const flow = defineFlow({ name: 'loop', execution: { autoClose: false } });
    flow.when('again').to('ask', (ctx) => ctx.pauseFor({ type: 'q', id: 'q' }));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('loop', null, { id: 'x' });
    await kit.client.signal('x', 'again', null);
    await kit.drain();
    const dying = losing(({ name }) => (name === 'executions.post' ? 'dieAfter' : undefined));
    void kit.process(dying).client.resume('x', 'q', { value: 'old' });
    await kit.clock.advance(0);
    const [entry] = (await kit.load('x')).inbox;
    assert.equal(entry?.type === 'resume' && entry.generation, 0);
  });
});

describe('the first commit of a session', () => {
  for (const faults of ['before', 'after'] as const) {
    it(`succeeds when the store fails ${faults} for a second`, async () => {
      let runs = 0;
      const flow = defineFlow({ name: 'once' });
      flow.to('a', () => {
        runs += 1;
      });
      const kit = createKit(defineApp({ flows: [flow], resources: {} }));
      await kit.client.start('once', null, { id: 'x' });
      const end = kit.clock.now() + 1_000;
      const worker = kit.worker(({ name }) =>
        name === 'executions.commit' && kit.clock.now() < end ? faults : undefined,
      );
      const [received] = kit.queue.receive(1);
      assert.ok(received);
      assert.deepEqual(await kit.finish(worker.handle([received.message], end + 300_000)), ['done']);
      assert.equal((await kit.view('x')).status, 'completed');
      assert.equal(runs, 1);
    });
  }
});
