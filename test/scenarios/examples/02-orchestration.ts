import assert from 'node:assert/strict';
import { it } from 'node:test';
import { doorsOf, type Example } from './doors.ts';

interface Stage {
  readonly stage: string;
  readonly detail: string;
}

export function orchestrationCases(open: () => Example): void {
  const doors = () => doorsOf(open(), 'orchestration');

  it('routes each class, and an incident through all its parts', async () => {
    const { run, stream } = doors();
    const question = await run('o-question', { text: 'Where is the door?' });
    assert.equal(question.result?.category, 'question');
    assert.match(String(question.result?.answer), /handbook/);
    assert.equal((await run('o-other', { text: 'Hello' })).result?.category, 'other');
    const parts = ['api', 'queue', 'table', 'web', 'mail', 'cron'];
    const incident = await run('o-incident', { text: 'All is down', parts });
    assert.equal(
      incident.result?.answer,
      parts.map((part) => `${part}: looked at because of "All is down".`).join('\n'),
    );
    const stages = (await stream<Stage>('o-incident')).map(({ item }) => item);
    const inspected = stages.filter(({ stage }) => stage === 'inspecting').map(({ detail }) => detail);
    assert.deepEqual({ first: stages[0]?.stage, last: stages.at(-1)?.stage }, { first: 'classified', last: 'done' });
    assert.deepEqual(inspected.toSorted(), parts.toSorted());
  });

  it('pauses for a person only when the request asks for it', async () => {
    const { run, waiting, answer, reach } = doors();
    assert.equal((await run('o-free', { text: 'Why?' })).result?.status, 'answered');
    for (const approved of [true, false]) {
      const id = `o-asked-${approved}`;
      const wait = await waiting(id, { text: 'Why?', needsApproval: true });
      assert.deepEqual(Object.keys(wait.payload).sort(), ['answer', 'question']);
      await answer(wait.callbackUrl, { approved });
      assert.equal((await reach(id, 'completed')).result?.status, approved ? 'approved' : 'rejected');
    }
  });

  it('continues for an incident without parts', async () => {
    assert.equal((await doors().run('o-empty', { text: 'broken' })).result?.answer, '');
  });
}
