/** Many callers of one execution at once: what each of them costs does not grow with their number, nor with the waits. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow, FlowError } from '../../../lib/index.ts';
import { createKit, type FaultPlan, type Kit, type PortCall } from '../kit.ts';

const KEPT = 8;
const items = (count: number) => Array.from({ length: count }, (_, i) => i);

async function survey(waits: number): Promise<Kit> {
  const flow = defineFlow({ name: 'survey' });
  flow
    .forEach((each) => each.to('ask', (ctx) => ctx.pauseFor({ type: 'q', id: 'q' })))
    .to('sum', (ctx) => ctx.state.set('answers', ctx.input));
  const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters: { waitsKept: KEPT } });
  await kit.client.start('survey', items(waits), { id: 'x' });
  await kit.drain();
  return kit;
}

/** Counts the calls of many callers, which wait for each other between two calls. */
function meter() {
  const used = { heads: 0, pages: 0, writes: 0 };
  let turn: Promise<void> | undefined;
  const plan: FaultPlan = ({ name, input }: PortCall) => {
    if (name === 'executions.load') used.heads += 1;
    if (name === 'values.get') used.pages += (input[1] as readonly string[]).length;
    if (/commit|post|put|drop/.test(name)) used.writes += 1;
    if (name === 'executions.removePosts') used.writes += (input[1] as readonly string[]).length;
    turn ??= new Promise<void>((resolve) => {
      setImmediate(() => {
        turn = undefined;
        resolve();
      });
    });
    return turn;
  };
  return { used, plan };
}

describe('answers of 50 callers at once', () => {
  for (const waits of [50, 400]) {
    it(`to ${waits} waits: each is accepted for at most four writes, three heads and one page and a half`, async () => {
      const kit = await survey(waits);
      const { used, plan } = meter();
      const callers = items(50).map((i) => kit.process(plan).client.resume('x', `q-${i}`, { value: i }));
      const answers = await kit.finish(Promise.all(callers));
      assert.deepEqual(
        answers.map(({ kind }) => kind),
        items(50).map(() => 'accepted'),
      );
      assert.ok(used.writes <= 4 * 50, `${used.writes} writes`);
      assert.ok(used.heads <= 3 * 50, `${used.heads} heads`);
      // The caller that commits for all reads all pages; once or twice.
      const all = 2 * Math.ceil(waits / KEPT);
      assert.ok(used.pages <= 1.5 * 50 + all, `${used.pages} pages`);
    });
  }
});

describe('signals of 150 callers to an execution without a worker', () => {
  it('are accepted, or refused by a code at the cost of a few commits, and none is lost', async () => {
    const flow = defineFlow({ name: 'door', execution: { autoClose: false } });
    flow.when('told').to('hear', (ctx) => ctx.state.increment('heard'));
    const parameters = { headBytes: 21_000, headBytesAtMost: 36_000 };
    const kit = createKit(defineApp({ flows: [flow], resources: {} }), { parameters });
    await kit.client.start('door', null, { id: 'x' });
    await kit.drain();
    // From 16 KB on, no caller commits its own signal first.
    const first = items(80).map((n) => n + 100);
    for (const n of first) assert.equal(await kit.client.signal('x', 'told', n), 'accepted');
    const { rev } = await kit.load('x');
    const { used, plan } = meter();
    const tell = async (n: number): Promise<string> => {
      const { client } = kit.process(plan);
      try {
        return await client.signal('x', 'told', n, { requestId: `r${n}` });
      } catch (error) {
        assert.ok(FlowError.is(error), String(error));
        return error.code;
      }
    };
    const told = await kit.finish(Promise.all(items(150).map(tell)));
    const accepted = items(150).filter((n) => told[n] === 'accepted');
    assert.ok(accepted.length > 0 && accepted.length < 150, `${accepted.length} accepted`);
    assert.deepEqual(new Set(told), new Set(['accepted', 'head_too_large']));
    const commits = (await kit.load('x')).rev - rev;
    assert.ok(commits <= 16, `${commits} commits`);
    assert.ok(used.writes <= 6 * 150, `${used.writes} writes`);
    assert.equal(await tell(accepted[0] ?? -1), 'duplicate');
    assert.equal(await tell(999), 'head_too_large');
    assert.equal((await kit.load('x')).posted, undefined);
    await kit.drain();
    assert.equal((await kit.view('x')).state.heard, accepted.length + first.length);
  });
});
