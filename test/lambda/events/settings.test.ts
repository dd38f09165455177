import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Context } from 'aws-lambda';
import app from '../../../functions/app.ts';
import { defineApp } from '../../../lib/index.ts';
import { announceHandler, apiHandler, callbackHandler, scheduleHandler, stepHandler } from '../../../lib/lambda.ts';
import { request } from '../support.ts';

const context = { getRemainingTimeInMillis: () => 25_000 } as Context;
const COMMON = {
  TABLE_NAME: 'table',
  QUEUE_URL: 'http://127.0.0.1:1/queue',
  ANNOUNCE_QUEUE_URL: 'http://127.0.0.1:1/announcements',
  CALLBACK_BASE_URL: 'http://127.0.0.1:3000',
  STAGE: 'test',
  CALLBACK_KEY_FILE: '/dev/null/keys.json',
  AWS_REGION: 'eu-central-1',
};

async function withEnv<T>(env: Readonly<Record<string, string>>, run: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  for (const name of [...Object.keys(COMMON), 'CALLBACK_KEY_PARAMETER']) delete process.env[name];
  Object.assign(process.env, env);
  try {
    return await run();
  } finally {
    process.env = before;
  }
}

describe('settings of the functions', () => {
  const invocations = {
    api: () => apiHandler(app)(request('GET /nothing')),
    callback: () => callbackHandler(app)(request('GET /callbacks/{token}', { path: { token: 'x' } })),
    step: () => stepHandler(app)({ Records: [] }, context),
    announce: () => announceHandler(app)({ Records: [] }),
    schedule: () => scheduleHandler(app)({}, context),
  };
  const needed: readonly (readonly [keyof typeof invocations, readonly string[]])[] = [
    ['api', ['TABLE_NAME', 'QUEUE_URL', 'CALLBACK_BASE_URL', 'STAGE', 'CALLBACK_KEY_PARAMETER']],
    ['callback', ['TABLE_NAME', 'QUEUE_URL', 'STAGE', 'CALLBACK_KEY_PARAMETER']],
    ['step', ['TABLE_NAME', 'QUEUE_URL', 'ANNOUNCE_QUEUE_URL']],
    ['announce', ['TABLE_NAME', 'QUEUE_URL', 'CALLBACK_BASE_URL', 'STAGE', 'CALLBACK_KEY_PARAMETER']],
    ['schedule', ['TABLE_NAME', 'QUEUE_URL']],
  ];
  for (const [name, settings] of needed) {
    it(`of ${name} are named when missing`, async () => {
      for (const setting of settings) {
        const left = setting === 'CALLBACK_KEY_PARAMETER' ? 'CALLBACK_KEY_FILE' : setting;
        const env = Object.fromEntries(Object.entries(COMMON).filter(([key]) => key !== left));
        await withEnv(env, () =>
          assert.rejects(invocations[name], (error: Error) => {
            assert.equal(Object(error).code, 'missing_setting');
            assert.ok(error.message.includes(setting), error.message);
            return true;
          }),
        );
      }
    });
  }

  it('are read at the first invocation, only those that the function uses', async () => {
    const { TABLE_NAME, QUEUE_URL, AWS_REGION } = COMMON;
    const handler = stepHandler(defineApp({ flows: [], resources: {} }));
    const answer = await withEnv({ TABLE_NAME, QUEUE_URL, AWS_REGION }, () => handler({ Records: [] }, context));
    assert.deepEqual(answer, { batchItemFailures: [] });
    assert.deepEqual(await withEnv({}, () => handler({ Records: [] }, context)), answer);
    const forged = await withEnv(COMMON, invocations.callback);
    assert.equal(forged.statusCode, 404);
  });

  it('are refused when not numeric', async () => {
    const env = { ...COMMON, LEASE_MS: 'soon' };
    await assert.rejects(withEnv(env, invocations.step), /LEASE_MS/);
    delete process.env.LEASE_MS;
  });
});
