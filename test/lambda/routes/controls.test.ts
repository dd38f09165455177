import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FlowError, type FlowErrorCode } from '../../../lib/errors/errors.ts';
import type { Client, CloseAnswer, SignalAnswer } from '../../../lib/runtime/client/types.ts';
import { callApi, type RequestParts, refusalOf } from '../support.ts';

const path = { id: 'x-1', name: 'settled' };
const BAD_IDS = ['a#b', '', 'x'.repeat(129), 'a/../b'];

type Given = Parameters<Client['signal']>;

async function signal(parts: RequestParts, outcome: SignalAnswer = 'accepted') {
  const seen: Given[] = [];
  const take: Client['signal'] = async (...given) => {
    seen.push(given);
    return outcome;
  };
  const answer = await callApi('POST /executions/{id}/signals/{name}', { path, ...parts }, { signal: take });
  return { ...answer, seen };
}

const throws = (code: FlowErrorCode) => () => Promise.reject(new FlowError(code, 'why', { details: { path: 'p' } }));

describe('signals over HTTP', () => {
  it('pass name, value and id on and return the outcome', async () => {
    for (const outcome of ['accepted', 'duplicate'] as const) {
      const parts = { headers: { 'Idempotency-Key': 's-1' }, body: '{"value":{"ok":true}}' };
      const answer = await signal(parts, outcome);
      assert.equal(answer.statusCode, 202);
      assert.equal(answer.body, `{"executionId":"x-1","signalId":"s-1","outcome":"${outcome}"}`);
      assert.deepEqual(answer.seen, [['x-1', 'settled', { ok: true }, { requestId: 's-1' }]]);
    }
  });

  it('have the value null and a generated id by default', async () => {
    for (const parts of [{}, { body: '' }, { body: '{}' }, { body: '{"value":null}' }]) {
      const answer = await signal(parts);
      assert.deepEqual(
        { statusCode: answer.statusCode, signalId: answer.json.signalId },
        { statusCode: 202, signalId: 'made-1' },
      );
      assert.deepEqual(answer.seen, [['x-1', 'settled', null, { requestId: 'made-1' }]]);
    }
  });

  const refusals: readonly (readonly [SignalAnswer, number, string, unknown])[] = [
    ['mismatch', 422, 'mismatch', 'made-1'],
    ['ignored', 409, 'ignored', undefined],
    ['unknown', 404, 'unknown_execution', undefined],
    ['busy', 503, 'contention', 'made-1'],
  ];
  for (const [outcome, status, code, signalId] of refusals) {
    it(`answer ${status} when ${outcome}`, async () => {
      const answer = await signal({}, outcome);
      assert.deepEqual(
        { statusCode: answer.statusCode, code: answer.json.code, signalId: answer.json.signalId },
        { statusCode: status, code, signalId },
      );
      assert.equal(answer.headers['content-type'], 'application/problem+json');
      assert.equal(answer.headers['retry-after'], status === 503 ? '1' : undefined);
    });
  }

  it('map errors of the client by the table', async () => {
    const rows = [
      ['invalid_value', 422],
      ['contention', 503],
      ['definition_missing', 503],
      ['head_too_large', 507],
    ] as const;
    for (const [code, status] of rows) {
      const answer = await callApi('POST /executions/{id}/signals/{name}', { path }, { signal: throws(code) });
      assert.deepEqual(
        { statusCode: answer.statusCode, code: answer.json.code, path: answer.json.path },
        { statusCode: status, code, path: 'p' },
      );
    }
  });

  it('are refused before calling the client when malformed', async () => {
    const bad: RequestParts[] = [
      ...['no', '[]', 'null', '{"value":1,"x":2}', '{"value":{"__proto__":1}}'].map((body) => ({ body })),
      { headers: { 'idempotency-key': 'a b' } },
      { query: { wait: '1' } },
      ...['', 'a b', 'a#b', 'x'.repeat(129), 'ä'].map((name) => ({ path: { id: 'x-1', name } })),
    ];
    for (const parts of bad) {
      assert.deepEqual(
        [...refusalOf(await signal(parts)).slice(0, 2)],
        [400, 'invalid_request'],
        JSON.stringify(parts),
      );
      assert.deepEqual((await signal(parts)).calls, []);
    }
    const large = await signal({ body: `{"value":"${'x'.repeat(256 * 1024)}"}` });
    assert.deepEqual(refusalOf(large), [413, 'body_too_large', []]);
    for (const id of BAD_IDS) {
      assert.deepEqual(refusalOf(await signal({ path: { id, name: 'a' } })), [404, 'unknown_execution', []]);
    }
  });
});

describe('a reason for a cancel over HTTP', () => {
  const call = async (body: string) => {
    const seen: unknown[] = [];
    const cancel: Client['cancel'] = async (...given) => {
      seen.push(given);
      return 'applied';
    };
    const answer = await callApi('POST /executions/{id}/cancel', { path: { id: 'x-1' }, body }, { cancel });
    return { status: answer.statusCode, seen };
  };

  it('is passed on', async () => {
    assert.deepEqual(await call('{"reason":"too late"}'), { status: 202, seen: [['x-1', { reason: 'too late' }]] });
  });

  it('is a short text', async () => {
    for (const body of ['{"reason":""}', '{"reason":7}', JSON.stringify({ reason: 'x'.repeat(201) })])
      assert.deepEqual(await call(body), { status: 400, seen: [] });
  });
});

for (const verb of ['seal', 'unseal', 'pause', 'unpause', 'cancel'] as const) {
  describe(`${verb} over HTTP`, () => {
    const call = (parts: RequestParts, methods: Partial<Client> = {}) =>
      callApi(`POST /executions/{id}/${verb}`, { path: { id: 'x-1' }, ...parts }, methods);

    it('reports whether it changed the execution', async () => {
      for (const outcome of ['applied', 'already'] as const) {
        for (const parts of [{}, { body: '{}' }]) {
          const seen: string[] = [];
          const apply = async (id: string) => {
            seen.push(id);
            return outcome;
          };
          const answer = await call(parts, { [verb]: apply });
          assert.deepEqual(
            { statusCode: answer.statusCode, json: answer.json },
            { statusCode: 202, json: { executionId: 'x-1', outcome } },
          );
          assert.deepEqual({ seen, calls: answer.calls }, { seen: ['x-1'], calls: [verb] });
        }
      }
    });

    it('answers 404 for an unknown execution and 503 under contention', async () => {
      const missing = await call({}, { [verb]: async () => 'unknown' });
      assert.deepEqual(refusalOf(missing), [404, 'unknown_execution', [verb]]);
      for (const id of BAD_IDS) {
        const answer = await call({ path: { id } });
        assert.deepEqual({ body: answer.body, calls: answer.calls }, { body: missing.body, calls: [] });
      }
      const busy = await call({}, { [verb]: throws('contention') });
      assert.deepEqual(
        { statusCode: busy.statusCode, retryAfter: busy.headers['retry-after'] },
        { statusCode: 503, retryAfter: '1' },
      );
    });

    it('accepts neither a body nor a query', async () => {
      for (const parts of [{ body: '{"reason":1}' }, { body: 'no' }, { body: '[]' }, { query: { force: '1' } }]) {
        assert.deepEqual(refusalOf(await call(parts)), [400, 'invalid_request', []]);
      }
    });
  });
}

describe('close over HTTP', () => {
  const call = async (parts: RequestParts, result: CloseAnswer) => {
    const seen: unknown[] = [];
    const close: Client['close'] = async (...given) => {
      seen.push(given);
      return result;
    };
    const answer = await callApi('POST /executions/{id}/close', { path: { id: 'x-1' }, ...parts }, { close });
    return { ...answer, seen };
  };

  it('reports its progress', async () => {
    for (const kind of ['closing', 'closed'] as const) {
      const answer = await call({}, { kind });
      assert.deepEqual(
        { statusCode: answer.statusCode, json: answer.json },
        { statusCode: 202, json: { executionId: 'x-1', outcome: kind } },
      );
      assert.deepEqual(answer.seen, [['x-1', { pendingInterrupts: 'reject' }]]);
    }
    const cancelling = await call({ body: '{"pendingInterrupts":"cancel"}' }, { kind: 'closing' });
    assert.deepEqual(cancelling.seen, [['x-1', { pendingInterrupts: 'cancel' }]]);
  });

  it('answers 409 with the ids of pending waits, and 404 for an unknown execution', async () => {
    const pending = await call({}, { kind: 'pendingInterrupts', ids: ['i-1', 'i-2'] });
    assert.deepEqual(refusalOf(pending), [409, 'pending_interrupts', ['close']]);
    assert.deepEqual(pending.json.interruptIds, ['i-1', 'i-2']);
    assert.deepEqual(refusalOf(await call({}, { kind: 'unknown' })), [404, 'unknown_execution', ['close']]);
    for (const id of BAD_IDS) {
      assert.deepEqual(refusalOf(await call({ path: { id } }, { kind: 'closed' })), [404, 'unknown_execution', []]);
    }
  });

  it('refuses other policies and unknown members', async () => {
    const bodies = ['{"pendingInterrupts":"wait"}', '{"pendingInterrupts":null}', '{"timeout":1}', 'no', '"reject"'];
    for (const parts of [...bodies.map((body) => ({ body })), { query: { a: '' } }]) {
      assert.deepEqual(refusalOf(await call(parts, { kind: 'closed' })), [400, 'invalid_request', []]);
    }
  });
});

describe('redrive over HTTP', () => {
  const call = (parts: RequestParts, redrive?: Client['redrive']) =>
    callApi('POST /executions/{id}/redrive', { path: { id: 'x-1' }, ...parts }, redrive ? { redrive } : {});

  it('passes id and actor on and reports a duplicate', async () => {
    for (const outcome of ['redriven', 'duplicate'] as const) {
      const seen: unknown[] = [];
      const take: Client['redrive'] = async (...given) => {
        seen.push(given);
        return outcome;
      };
      const answer = await call({ headers: { 'idempotency-key': 'd-1' }, body: '{"actor":"ann"}' }, take);
      assert.deepEqual(
        { statusCode: answer.statusCode, json: answer.json },
        { statusCode: 202, json: { executionId: 'x-1', redriveId: 'd-1', outcome } },
      );
      const bare = await call({}, take);
      assert.equal(bare.json.redriveId, 'made-1');
      assert.deepEqual(seen, [
        ['x-1', { requestId: 'd-1', actor: 'ann' }],
        ['x-1', { requestId: 'made-1' }],
      ]);
    }
  });

  it('refuses executions that did not fail or do not exist, and malformed requests', async () => {
    assert.deepEqual(refusalOf(await call({}, async () => 'notFailed')).slice(0, 2), [409, 'not_failed']);
    assert.deepEqual(refusalOf(await call({}, async () => 'unknown')).slice(0, 2), [404, 'unknown_execution']);
    for (const parts of [{ body: '{"actor":""}' }, { body: '{"x":1}' }, { query: { a: '1' } }]) {
      assert.deepEqual(refusalOf(await call(parts)), [400, 'invalid_request', []]);
    }
    for (const id of BAD_IDS) {
      assert.deepEqual(refusalOf(await call({ path: { id } })), [404, 'unknown_execution', []]);
    }
  });
});

describe('fork over HTTP', () => {
  const call = (parts: RequestParts, fork?: Client['fork']) =>
    callApi('POST /executions/{id}/forks', { path: { id: 'x-1' }, ...parts }, fork ? { fork } : {});

  it('passes id, activation and actor on and reports an existing copy', async () => {
    for (const kind of ['forked', 'exists'] as const) {
      const seen: unknown[] = [];
      const take: Client['fork'] = async (...given) => {
        seen.push(given);
        return { kind, executionId: 'copy' };
      };
      const body = '{"activationId":"a-1","actor":"ann"}';
      const answer = await call({ headers: { 'idempotency-key': 'copy' }, body }, take);
      const told = { executionId: 'copy', forkedFrom: 'x-1', outcome: kind };
      assert.deepEqual({ statusCode: answer.statusCode, json: answer.json }, { statusCode: 202, json: told });
      assert.equal((await call({}, take)).json.executionId, 'made-1');
      assert.deepEqual(seen, [
        ['x-1', { id: 'copy', activationId: 'a-1', actor: 'ann' }],
        ['x-1', { id: 'made-1' }],
      ]);
    }
  });

  it('refuses executions that did not fail or do not exist, and malformed requests', async () => {
    assert.deepEqual(refusalOf(await call({}, async () => ({ kind: 'notFailed' }))).slice(0, 2), [409, 'not_failed']);
    assert.deepEqual(refusalOf(await call({}, async () => ({ kind: 'unknown' }))).slice(0, 2), [
      404,
      'unknown_execution',
    ]);
    for (const parts of [{ body: '{"actor":""}' }, { body: '{"activationId":1}' }, { query: { a: '1' } }]) {
      assert.deepEqual(refusalOf(await call(parts)), [400, 'invalid_request', []]);
    }
    for (const id of BAD_IDS) {
      assert.deepEqual(refusalOf(await call({ path: { id } })), [404, 'unknown_execution', []]);
    }
  });
});

describe('rerun over HTTP', () => {
  const call = (parts: RequestParts, rerun?: Client['rerun']) =>
    callApi('POST /executions/{id}/rerun', { path: { id: 'x-1' }, ...parts }, rerun ? { rerun } : {});

  it('passes id, activation, input and actor on and reports an existing copy', async () => {
    for (const kind of ['rerun', 'exists'] as const) {
      const seen: unknown[] = [];
      const take: Client['rerun'] = async (...given) => {
        seen.push(given);
        return { kind, executionId: 'copy' };
      };
      const body = '{"from":"a-1","input":null,"actor":"ann"}';
      const answer = await call({ headers: { 'idempotency-key': 'copy' }, body }, take);
      const told = { executionId: 'copy', forkedFrom: 'x-1', outcome: kind };
      assert.deepEqual({ statusCode: answer.statusCode, json: answer.json }, { statusCode: 202, json: told });
      assert.equal((await call({ body: '{"from":"a-1"}' }, take)).json.executionId, 'made-1');
      assert.deepEqual(seen, [
        ['x-1', { id: 'copy', from: 'a-1', input: null, actor: 'ann' }],
        ['x-1', { id: 'made-1', from: 'a-1' }],
      ]);
    }
  });

  it('refuses what does not exist or cannot be rerun, and malformed requests', async () => {
    const body = '{"from":"a-1"}';
    const unknown = await call({ body }, async () => ({ kind: 'unknown' }));
    assert.deepEqual(refusalOf(unknown).slice(0, 2), [404, 'unknown_execution']);
    const unavailable = await call({ body }, async () => {
      throw new FlowError('rerun_unavailable', 'why');
    });
    assert.deepEqual(refusalOf(unavailable).slice(0, 2), [409, 'rerun_unavailable']);
    for (const parts of [{}, { body: '{"from":1}' }, { body: '{"from":"a","x":1}' }, { body, query: { a: '1' } }]) {
      assert.deepEqual(refusalOf(await call(parts)), [400, 'invalid_request', []]);
    }
    for (const id of BAD_IDS) {
      assert.deepEqual(refusalOf(await call({ path: { id }, body })), [404, 'unknown_execution', []]);
    }
  });
});
