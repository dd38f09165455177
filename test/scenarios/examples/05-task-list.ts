import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertProblem, fieldsOf } from '../drivers/driver.ts';
import { doorsOf, type Example } from './doors.ts';

const TASKS = [
  { id: 'facts', kind: 'look', inputs: 'owls' },
  { id: 'risks', kind: 'look' },
  { id: 'report', kind: 'combine', dependsOn: ['facts', 'risks'] },
  { id: 'letter', kind: 'send', dependsOn: ['report'], inputs: { to: 'ann' }, approval: { capability: 'post' } },
];
const FOUND = { facts: 'facts about owls', risks: 'facts about mice' };

export function taskListCases(open: () => Example): void {
  const doors = () => doorsOf(open(), 'task-list');

  it('runs a submitted graph: roots at once, dependents when complete, outgoing tasks after approval', async () => {
    const { waiting, execution, answer, reach } = doors();
    const wait = await waiting('t-letter', { tasks: TASKS, input: 'mice' });
    assert.deepEqual(
      { type: wait.type, subject: Object(wait.payload).subject, capability: Object(wait.payload).capability },
      { type: 'policy_approval', subject: 'letter', capability: 'post' },
    );
    assert.deepEqual((await execution('t-letter')).state, { found: FOUND });
    await answer(wait.callbackUrl, { approved: true });
    const { result } = await reach('t-letter', 'completed');
    assert.deepEqual(result, { found: FOUND, sent: 'to ann: facts: facts about owls; risks: facts about mice' });
  });

  it('continues in another process from the stored list', async () => {
    const { waiting, execution, answer, reach, post } = doors();
    const wait = await waiting('t-moved', { tasks: TASKS, input: 'mice' });
    await open().restart();
    assert.deepEqual(Object(await execution('t-moved')).definition, { tasks: TASKS });
    await answer(wait.callbackUrl, { approved: false, reason: 'not today' });
    const { error, result } = await reach('t-moved', 'failed');
    assert.deepEqual({ code: error?.code, result }, { code: undefined, result: { found: FOUND } });
    // A denial survives a redrive.
    const redriven = await post('/executions/t-moved/redrive', { actor: 'ann' }, 'd-1');
    assert.deepEqual(
      { status: redriven.status, outcome: fieldsOf(redriven).outcome },
      { status: 202, outcome: 'redriven' },
    );
    const again = await open().until(
      () => execution('t-moved'),
      (seen) => seen.status === 'failed' && Object(seen).redrives?.length === 1,
    );
    assert.equal(Object(again).redrives[0].actor, 'ann');
    assert.equal(fieldsOf(await post('/executions/t-moved/redrive', { actor: 'ann' }, 'd-1')).outcome, 'duplicate');
    assertProblem(await post('/executions/t-letter/redrive'), 409, 'not_failed');
  });

  it('lists all problems of a list and starts nothing', async () => {
    const { start, post } = doors();
    const wrong = [
      { id: 'a', kind: 'look', dependsOn: ['b'] },
      { id: 'b', kind: 'look', dependsOn: ['a', 'c'] },
      { id: 'b', kind: 'paint' },
      { id: 'd', kind: 'send' },
    ];
    const { problems } = assertProblem(await start('t-wrong', { tasks: wrong }), 400, 'invalid_input');
    const found = (problems as string[]).join('\n');
    for (const part of ['another task', 'no kind "paint"', 'side effects', '"c", which is not in the list', 'wait']) {
      assert.ok(found.includes(part), `${part} in ${found}`);
    }
    assert.ok((problems as string[]).length >= 5);
    for (const input of [null, [], { tasks: [] }, { tasks: TASKS, more: 1 }, {}]) {
      assertProblem(await start('t-wrong', input), 400, 'invalid_input');
    }
    assert.equal((await open().record('t-wrong')) === undefined, true);
    assertProblem(await post('/executions/t-wrong/seal'), 404, 'unknown_execution');
  });

  it('is the same execution for the same list and input, and a conflict for another', async () => {
    const { start, run } = doors();
    const tasks = [{ id: 'only', kind: 'look' }];
    await run('t-same', { tasks, input: 'mice' });
    assert.equal((await start('t-same', { tasks, input: 'mice' })).status, 202);
    for (const other of [
      { tasks, input: 'owls' },
      { tasks: [{ id: 'other', kind: 'look' }], input: 'mice' },
    ]) {
      assertProblem(await start('t-same', other), 409, 'execution_conflict');
    }
  });

  it('lists its task kinds', async () => {
    const { read } = doors();
    const kinds = [
      { kind: 'look', sideEffect: false },
      { kind: 'combine', sideEffect: false },
      { kind: 'send', sideEffect: true },
    ];
    assert.deepEqual(await read('/flows/task-list'), { flow: 'task-list', kinds });
    const { items } = await read<{ items: { flow: string }[] }>('/flows');
    assert.ok(items.some(({ flow }) => flow === 'task-list'));
  });
}
