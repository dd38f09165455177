import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertProblem } from '../drivers/driver.ts';
import { doorsOf, type Example } from './doors.ts';

export function policyApprovalCases(open: () => Example): void {
  const doors = () => doorsOf(open(), 'policy-approval');
  const told = (interruptId: string) =>
    open()
      .announced()
      .filter((each) => each.interruptId === interruptId);

  it('pays or refuses by policy alone, without an announcement', async () => {
    const { run } = doors();
    const before = open().announced().length;
    const small = await run('p-small', { to: 'ann', cents: 500 });
    assert.deepEqual(small.result, { outcome: { paid: true, receipt: 'paid 5.00 to ann' } });
    const blocked = await run('p-blocked', { to: 'nobody', cents: 500 });
    assert.deepEqual(blocked.result, { outcome: { paid: false, reason: 'the receiver is blocked' } });
    assert.equal(open().announced().length, before);
  });

  it('announces the wait to the exchange and follows the answer at its callback', async () => {
    const { waiting, answer, reach } = doors();
    for (const approved of [true, false]) {
      const id = `p-large-${approved}`;
      const wait = await waiting(id, { to: 'ann', cents: 500_000 });
      const read = async () => told(wait.interruptId);
      const [first, ...more] = await open().until(read, (found) => found.length > 0);
      assert.deepEqual(more, []);
      await answer(first?.callbackUrl ?? '', approved ? { approved } : { approved, reason: 'too much' });
      const { outcome } = (await reach(id, 'completed')).result ?? {};
      assert.deepEqual(
        outcome,
        approved ? { paid: true, receipt: 'paid 5000.00 to ann' } : { paid: false, reason: 'too much' },
      );
    }
  });

  it('accepts only a decision', async () => {
    const { waiting, post, answer, reach } = doors();
    const { callbackUrl } = await waiting('p-shape', { to: 'ann', cents: 500_000 });
    assertProblem(await post(callbackUrl, { value: { publish: true } }), 422, 'invalid_value');
    await answer(callbackUrl, { approved: false });
    assert.deepEqual((await reach('p-shape', 'completed')).result, {
      outcome: { paid: false, reason: 'not approved' },
    });
  });
}
