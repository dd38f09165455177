/** Lists with many items and wide bodies: each chunk runs once, and one commit holds the outcomes of many items. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit, Tally } from '../kit.ts';

type Flow = ReturnType<typeof defineFlow>;

const list = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Runs the flow over a list and answers its waits. */
async function runOver(flow: Flow, count: number) {
  let commits = 0;
  const kit = createKit(defineApp({ flows: [flow], resources: {} }));
  const { client, worker } = kit.process(({ name }) => {
    if (name === 'executions.commit') commits += 1;
    return undefined;
  });
  await client.start('wide', list(count), { id: 'x' });
  await kit.drain(worker);
  for (const { interruptId } of (await kit.view('x')).interrupts) {
    await client.resume('x', interruptId, { value: interruptId });
  }
  await kit.drain(worker);
  return { view: await kit.view('x'), commits };
}

describe('a list of 300 items', () => {
  const bodies: Readonly<Record<string, (flow: Flow, runs: Tally) => { most: number; ran: readonly string[] }>> = {
    'that are sub-flows': (flow, runs) => {
      const child = defineFlow({ name: 'child' });
      child.to('a', () => void runs.add('a')).to('b', () => void runs.add('b'));
      flow.forEach((item) => item.subFlow(child)).to('end', () => void runs.add('end'));
      return { most: 40, ran: ['a', 'b'] };
    },
    'that await emits': (flow, runs) => {
      flow.when('news').to('hear', () => void runs.add('hear'));
      const ask = flow.chunk('ask', async (ctx) => {
        runs.add('ask');
        await ctx.emit('news', ctx.input as number);
      });
      flow.forEach((item) => item.to(ask)).to('end', () => void runs.add('end'));
      return { most: 60, ran: ['ask', 'hear'] };
    },
    'with all cases that hit': (flow, runs) => {
      flow
        .forEach((item) =>
          item.match(
            (m) =>
              m
                .case(
                  () => true,
                  (p) => p.to('a', () => void runs.add('a')),
                )
                .case(
                  () => true,
                  (p) => p.to('b', () => void runs.add('b')),
                ),
            { mode: 'all' },
          ),
        )
        .to('end', () => void runs.add('end'));
      return { most: 40, ran: ['a', 'b'] };
    },
    'that wait inside sub-flows': (flow, runs) => {
      const child = defineFlow({ name: 'child' });
      child
        .to('ask', (ctx) => {
          runs.add('ask');
          return ctx.pauseFor({ type: 'q' });
        })
        .to('use', () => void runs.add('use'));
      flow.forEach((item) => item.subFlow(child)).to('end', () => void runs.add('end'));
      return { most: 40 + 300, ran: ['ask', 'use'] };
    },
  };

  for (const [name, body] of Object.entries(bodies)) {
    it(`${name}: runs each chunk once and commits many outcomes together`, async () => {
      const runs = new Tally();
      const flow = defineFlow({ name: 'wide' });
      const { most, ran } = body(flow, runs);
      const { view, commits } = await runOver(flow, 300);
      assert.equal(view.status, 'completed');
      for (const chunk of ran) assert.equal(runs.of(chunk), 300, chunk);
      assert.equal(runs.of('end'), 1);
      assert.ok(commits <= most, `${commits} commits`);
    });
  }
});
