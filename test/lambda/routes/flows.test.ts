import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toMermaid } from '../../../lib/flow/mermaid/mermaid.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { callApi, refusalOf } from '../support.ts';

function flow(name: string, ...chunks: readonly string[]) {
  const made = defineFlow({ name });
  const [first = 'a', ...rest] = chunks;
  let pipe = made.to(first, () => 1);
  for (const chunk of rest) pipe = pipe.to(chunk, () => 1);
  return made;
}

const old = flow('one', 'a');
const one = flow('one', 'a', 'b');
const two = flow('two', 'c');
const app = defineApp({ flows: [old, two, one], resources: {} });

describe('flows over HTTP', () => {
  it('are listed in the version that new executions run', async () => {
    const answer = await callApi('GET /flows', {}, {}, { app });
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.json, {
      items: [
        { flow: 'one', fingerprint: one.fingerprint },
        { flow: 'two', fingerprint: two.fingerprint },
      ],
    });
    assert.deepEqual((await callApi('GET /flows', {})).json, { items: [] });
  });

  it('are shown as data and as a drawing', async () => {
    for (const mode of [undefined, 'simplified', 'detailed'] as const) {
      const query = mode === undefined ? {} : { mode };
      const answer = await callApi('GET /flows/{flow}', { path: { flow: 'one' }, query }, {}, { app });
      const { fingerprint, graph } = one;
      const contract = { input: null, state: null, signals: null, stream: null, result: null, resources: [] };
      assert.equal(answer.statusCode, 200);
      assert.deepEqual(answer.json, {
        ...{ flow: 'one', fingerprint, graph, contract, resumes: {}, predicates: {} },
        mermaid: toMermaid(one, query),
      });
      assert.match(answer.json.mermaid, /^flowchart/);
    }
  });

  it('show the version that an execution runs', async () => {
    const path = { id: 'x-1' };
    const answer = await callApi('GET /executions/{id}/graph', { path }, { definition: async () => old }, { app });
    assert.equal(answer.json.fingerprint, old.fingerprint);
    assert.deepEqual(answer.json.graph, old.graph);
    const unknown = await callApi('GET /executions/{id}/graph', { path }, { definition: async () => undefined });
    assert.deepEqual(refusalOf(unknown), [404, 'unknown_execution', ['definition']]);
  });

  it('answer 404 for unknown names', async () => {
    for (const name of ['three', '', '__proto__', 'constructor', 'a/b']) {
      const answer = await callApi('GET /flows/{flow}', { path: { flow: name } }, {}, { app });
      assert.deepEqual(refusalOf(answer), [404, 'unknown_flow', []]);
    }
  });

  it('accept no other parameters', async () => {
    const path = { flow: 'one' };
    const answers = [
      await callApi('GET /flows', { query: { limit: '1' } }, {}, { app }),
      await callApi('GET /flows/{flow}', { path, query: { mode: 'full' } }, {}, { app }),
      await callApi('GET /flows/{flow}', { path, query: { modes: 'detailed' } }, {}, { app }),
    ];
    for (const answer of answers) assert.deepEqual(refusalOf(answer), [400, 'invalid_request', []]);
  });
});
