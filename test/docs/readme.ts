/** What the code of the README does. */
import assert from 'node:assert/strict';
import { type AnyFlow, defineApp } from '../../lib/index.ts';
import { createTestkit } from '../../lib/testing.ts';
import type { Checks } from './how-tos.ts';

export const README: Checks = {
  async 'flow.ts'(module) {
    const { refund } = module as { refund: AnyFlow };
    const lines: string[] = [];
    const log = { info: (text: string) => void lines.push(text), warn: assert.fail, error: assert.fail };
    const kit = createTestkit(defineApp({ flows: [refund], resources: {} }), { log });
    await kit.client.start('refund', { ticket: 'T-1', amountCents: 500 }, { id: 'r1' });
    await kit.drain();
    const { items } = await kit.client.interrupts({ limit: 10 });
    assert.deepEqual(
      items.map(({ type, payload }) => [type, payload]),
      [['approval', { question: 'Refund T-1?' }]],
    );
    await kit.client.resume('r1', items[0]?.interruptId ?? '', { value: { approved: true } });
    await kit.drain();
    const closed = await kit.client.get('r1');
    assert.deepEqual([closed?.status, closed?.result], ['completed', { approved: true }]);
    assert.deepEqual(lines, ['settled']);
  },
};
