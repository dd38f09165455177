import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertProblem, fieldsOf, linkTo } from '../drivers/driver.ts';
import { doorsOf, type Example } from './doors.ts';

const RISKY = { title: 'Owls', text: 'Owls sleep by day. They never miss. We guarantee it.' };

export function reviewGateCases(open: () => Example): void {
  const doors = () => doorsOf(open(), 'review-gate');

  it('passes values that the model is sure of', async () => {
    const { result } = await doors().run('r-plain', { title: 'Owls', text: 'Owls sleep by day.' });
    assert.deepEqual(result, { readings: 1, decision: { publish: true, by: 'model' } });
  });

  it("runs again with a person's answer, in another process, with the same input", async () => {
    const { waiting, answer, reach, execution } = doors();
    for (const publish of [true, false]) {
      const id = `r-risky-${publish}`;
      const { callbackUrl, payload, interruptId } = await waiting(id, RISKY);
      assert.deepEqual(payload, { question: 'Publish "Owls"?', doubts: ['They never miss', 'We guarantee it'] });
      await open().restart();
      const [still] = (await execution(id)).interrupts;
      assert.equal(still?.interruptId, interruptId);
      await answer(callbackUrl, { publish });
      const { result } = await reach(id, 'completed');
      assert.deepEqual(result, { readings: 2, decision: { publish, by: 'person' } });
    }
  });

  it('receives an intervention and shows it', async () => {
    const { start, reach, post, answer, execution } = doors();
    const started = await start('r-hinted', RISKY, { interventionMode: 'auto' });
    assert.equal(started.status, 202, started.text);
    const [wait] = (await reach('r-hinted', 'waiting')).interrupts;
    assert.ok(wait);
    const { callbackUrl } = await linkTo(open(), wait);
    const add = () => post('/executions/r-hinted/interventions', { payload: { hint: 1 }, author: 'ann' }, 'h-1');
    for (const added of [await add(), await add()]) {
      assert.equal(added.status, 202, added.text);
      assert.equal(fieldsOf(added).version, 1);
    }
    await answer(callbackUrl, { publish: true });
    const { result } = await reach('r-hinted', 'completed');
    const [shown, ...more] = (result?.$interventions ?? []) as { insertedBy: string; payload: unknown }[];
    assert.deepEqual(
      { insertedBy: shown?.insertedBy, payload: shown?.payload, more },
      { insertedBy: 'gate', payload: { hint: 1 }, more: [] },
    );
    assertProblem(await post('/executions/r-hinted/interventions', { payload: 2 }), 409, 'interventions_closed');
    assertProblem(await post('/executions/r-plain/interventions', { payload: 2 }), 409, 'interventions_off');
    assert.equal((await execution('r-hinted')).status, 'completed');
  });

  it('accepts one answer, of the shape the gate resumes with', async () => {
    const { waiting, post, answer, reach } = doors();
    const { callbackUrl } = await waiting('r-once', RISKY);
    assertProblem(await post(callbackUrl, { value: 'yes' }), 422, 'invalid_value');
    await answer(callbackUrl, { publish: true });
    assertProblem(await post(callbackUrl, { value: { publish: false } }), 409, 'conflict');
    await reach('r-once', 'completed');
  });
}
