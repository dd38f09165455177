/** What people answered, as the history shows it: whoever commits an answer stores it with its value. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow, type Json } from '../../../lib/index.ts';
import type { HistoryItem } from '../../../lib/runtime/client/types.ts';
import { createKit, type Fault, gate, type Kit } from '../kit.ts';

const DAYS = 3 * 24 * 3_600_000;
const LONG = { text: 'ü'.repeat(5_000) };
const ANN = { actor: 'ann', verified: true } as const;

async function asked(history: 'full' | 'times' = 'full'): Promise<Kit> {
  const flow = defineFlow({ name: 'asks', execution: { history } });
  flow.to('ask', ({ pauseFor }) => pauseFor({ type: 'ask', id: 'q' }));
  const kit = createKit(defineApp({ flows: [flow] }));
  await kit.client.start('asks', null, { id: 'e1' });
  await kit.drain();
  return kit;
}

/** Answers from a process of its own. @returns the writes that this took */
async function answer(kit: Kit, value: Json, fault?: Fault): Promise<readonly string[]> {
  const calls: string[] = [];
  const { client } = kit.process(({ name }) => {
    calls.push(name);
    return name === 'history.put' ? fault : undefined;
  });
  const given = await client.resume('e1', 'q', { value, ...ANN });
  assert.equal(given.kind, 'accepted');
  return calls.filter((name) => /commit|put|append/.test(name));
}

async function answered(kit: Kit): Promise<HistoryItem | undefined> {
  for await (const item of kit.client.history('e1')) if (item.type === 'answered') return item;
  return undefined;
}

describe('an answer in a history', () => {
  it('has its value at once and for good, for one more write', async () => {
    const kit = await asked();
    assert.deepEqual(await answer(kit, { approved: true }), ['executions.commit', 'history.put']);
    const first = await answered(kit);
    assert.deepEqual([first?.value, first?.actor, first?.interruptId], [{ approved: true }, 'ann', 'q']);
    await kit.drain();
    await kit.clock.advance(DAYS);
    assert.deepEqual(await answered(kit), first);
  });

  it('has the beginning of a large value, and a place where all of it is', async () => {
    const kit = await asked();
    await answer(kit, LONG);
    await kit.drain();
    await kit.clock.advance(DAYS);
    const { value, valueRef } = (await answered(kit)) ?? assert.fail('no record');
    assert.equal(value, JSON.stringify(LONG).slice(0, 1_000));
    assert.equal((await kit.client.readValue('e1', valueRef?.path ?? ''))?.text, JSON.stringify(LONG));
    const exported = [];
    for await (const line of kit.client.export('e1')) if (line.type === 'value') exported.push(line.text);
    assert.ok(exported.includes(JSON.stringify(LONG)));
  });

  it('has no value in a history of times, and takes no further write', async () => {
    const kit = await asked('times');
    assert.deepEqual(await answer(kit, LONG), ['executions.commit']);
    const item = await answered(kit);
    assert.deepEqual([item?.actor, item?.value, item?.valueRef], ['ann', undefined, undefined]);
  });

  it('loses its value with the process that brought it, but not who gave it', async () => {
    const kit = await asked();
    await answer(kit, 'yes', 'before');
    assert.equal(await answered(kit), undefined, 'the record may still come');
    await kit.clock.advance(5_000);
    const item = await answered(kit);
    assert.deepEqual([item?.actor, item?.value], ['ann', undefined]);
  });

  it('has its value also when a write of shared data commits it', async () => {
    const flow = defineFlow({ name: 'asks', execution: { autoClose: false } });
    flow.to('ask', ({ pauseFor }) => pauseFor({ type: 'ask', id: 'q' }));
    flow.when({ flowData: 'k' }).to('heard', () => null);
    const kit = createKit(defineApp({ flows: [flow] }));
    await kit.client.start('asks', null, { id: 'e1' });
    await kit.drain();
    const [posted, look] = [gate(), gate()];
    let commits = 0;
    const { client } = kit.process(async ({ name }) => {
      if (name === 'executions.commit') {
        commits += 1;
        return { answer: 'conflict' };
      }
      if (name === 'executions.loadOldestPost') {
        posted.open();
        await look.opened;
      }
      return undefined;
    });
    const told = client.resume('e1', 'q', { value: 'yes', ...ANN });
    await kit.finish(posted.opened);
    await kit.finish(kit.client.flowData('asks').set('k', 1));
    look.open();
    assert.equal((await kit.finish(told)).kind, 'accepted');
    assert.equal(commits, 1, 'the process of the answer has stored nothing itself');
    const item = await answered(kit);
    assert.deepEqual([item?.actor, item?.value], ['ann', 'yes']);
  });

  it('has its value also when the write that commits it finds no room for itself', async () => {
    const flow = defineFlow({ name: 'asks', execution: { autoClose: false } });
    flow.to('ask', ({ pauseFor }) => pauseFor({ type: 'ask', id: 'q' }));
    flow.when({ flowData: 'k' }).to('told', () => null);
    const kit = createKit(defineApp({ flows: [flow] }), {
      parameters: { inlineBytes: 4_000, headBytes: 1_000, headBytesAtMost: 9_000 },
    });
    await kit.client.start('asks', null, { id: 'e1' });
    await kit.drain();
    const { inc } = (await kit.load('e1')).head;
    const event = { type: 'resume', interrupt: 'q', requestId: 'r', value: 'yes', valueHash: 'h', ...ANN } as const;
    assert.equal(await kit.ports.executions.append('e1', inc, event, 0), 'appended');
    await kit.client.flowData('asks').set('k', 'v'.repeat(3_500));
    const left = (await kit.load('e1')).inbox.map(({ type }) => type);
    assert.deepEqual(left, ['flowData'], 'only the answer is committed');
    const item = await answered(kit);
    assert.deepEqual([item?.actor, item?.value], ['ann', 'yes']);
  });

  it('is stored once while the first session goes on', async () => {
    assert.deepEqual(await storedAnswers(), ['yes']);
  });

  it('is stored by the first session when its client has died', async () => {
    assert.deepEqual(await storedAnswers('before'), [undefined]);
  });
});

/** The stored values of an answer that came while another chunk of the first session was running. */
async function storedAnswers(fault?: Fault): Promise<readonly (Json | undefined)[]> {
  const flow = defineFlow({ name: 'asks' });
  const end = gate();
  flow.to('ask', ({ pauseFor }) => pauseFor({ type: 'ask', id: 'q' })).to('next', () => null);
  flow.to('slow', () => end.opened.then(() => null));
  const kit = createKit(defineApp({ flows: [flow] }));
  await kit.client.start('asks', null, { id: 'e1' });
  kit.takeFirst(() => undefined);
  await kit.clock.advance(0);
  await answer(kit, 'yes', fault);
  await kit.clock.advance(20_000);
  end.open();
  await kit.pass(60_000);
  const { id: executionId, inc } = (await kit.load('e1')).head;
  const blocks = await kit.ports.history.read({ executionId, inc }, { first: 0, id: '' }, 100);
  const records = blocks.flatMap((block) => block.records);
  assert.equal((await kit.client.historySummary('e1'))?.records, new Set(records.map(({ seq }) => seq)).size);
  const values = records.filter(({ type }) => type === 'answered').map(({ value }) => value);
  return values.map((value) => (value && 'v' in value ? value.v : undefined));
}
