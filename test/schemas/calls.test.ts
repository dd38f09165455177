/** What a caller says has the same bounds in the process, over HTTP and in the queue. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createApiHandler } from '../../lib/adapters/lambda/routes/api.ts';
import { parseQueueMessage } from '../../lib/adapters/sqs/queue.ts';
import { FlowError } from '../../lib/errors/errors.ts';
import { defineApp, defineFlow } from '../../lib/index.ts';
import type { Client } from '../../lib/runtime/client/types.ts';
import { createTestkit } from '../../lib/testing.ts';
import { makeLink, recorder, request } from '../lambda/support.ts';

interface Said {
  readonly most: number;
  readonly route: string;
  body(text: unknown): object;
  call(client: Client, text: never): Promise<unknown>;
}

const texts: Record<string, Said> = {
  correlation: {
    most: 200,
    route: 'POST /executions/{id}/signals/{name}',
    body: (correlation) => ({ correlation }),
    call: (client, correlation) => client.signal('x', 'go', null, { correlation }),
  },
  reason: {
    most: 200,
    route: 'POST /executions/{id}/cancel',
    body: (reason) => ({ reason }),
    call: (client, reason) => client.cancel('x', { reason }),
  },
  note: {
    most: 1_000,
    route: 'POST /executions/{id}/interventions',
    body: (note) => ({ payload: 1, note }),
    call: (client, note) => client.intervene('x', 1, { note }),
  },
};

async function rig() {
  const flow = defineFlow({ name: 'f', execution: { autoClose: false } });
  flow.to('a', () => 1);
  const app = defineApp({ flows: [flow], resources: {} });
  const kit = createTestkit(app);
  await kit.client.start('f', null, { id: 'x', interventionMode: 'auto' });
  const api = createApiHandler({ ...kit.ports, app, client: kit.client, makeLink, log: recorder().log });
  return { client: kit.client, api };
}

describe('texts of callers', () => {
  for (const [name, { most, route, body, call }] of Object.entries(texts)) {
    const wrong = ['', 'a'.repeat(most + 1), 1];
    const use = new RegExp(`${name}\\b.*: use a string of 1 to ${most} characters`);

    it(`have one bound for ${name} in the process and over HTTP`, async () => {
      const { client, api } = await rig();
      const path = { id: 'x', name: 'go' };
      for (const text of wrong) {
        await assert.rejects(call(client, text as never), { code: 'invalid_request', message: use });
        const answer = await api(request(route, { path, body: JSON.stringify(body(text)) }));
        assert.equal(answer.statusCode, 400, answer.body);
        assert.match(answer.body, use);
      }
      const longest = 'a'.repeat(most);
      await call(client, longest as never);
      const answer = await api(request(route, { path, body: JSON.stringify(body(longest)) }));
      assert.equal(answer.statusCode, 202, answer.body);
    });
  }

  it('have the same bound in queue messages', () => {
    const message = (correlation: unknown) =>
      JSON.stringify({ executionId: 'x', signal: 'go', value: null, signalId: 's', correlation });
    assert.ok(parseQueueMessage(message('a'.repeat(200))));
    for (const text of ['', 'a'.repeat(201), 1]) {
      assert.throws(() => parseQueueMessage(message(text)), {
        code: 'invalid_request',
        message: /use a string of 1 to 200 characters[\s\S]*correlation/,
      });
    }
  });

  it('say what to use instead of a policy for pending waits that is not there', async () => {
    const { client, api } = await rig();
    await assert.rejects(client.close('x', { pendingInterrupts: 'keep' as never }), (error) => {
      assert.ok(FlowError.is(error));
      assert.equal(error.message, `pendingInterrupts of close is "keep": use 'reject' or 'cancel'.`);
      return true;
    });
    const answer = await api(
      request('POST /executions/{id}/close', { path: { id: 'x' }, body: '{"pendingInterrupts":"keep"}' }),
    );
    assert.match(answer.body, /body\.pendingInterrupts: use 'reject' or 'cancel'/);
  });
});
