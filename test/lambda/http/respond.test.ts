import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failure, PROBLEMS, type ProblemCode, problem } from '../../../lib/adapters/lambda/http/respond.ts';
import { FlowError, type FlowErrorCode } from '../../../lib/errors/errors.ts';
import { recorder } from '../support.ts';

/** The status of each code, written independently of the table under test. */
const STATUS: Record<ProblemCode, number> = {
  invalid_request: 400,
  invalid_input: 400,
  unauthorized: 401,
  forbidden: 403,
  actor_required: 403,
  asked_again: 409,
  too_many_links: 409,
  unsupported_media_type: 415,
  unknown: 404,
  unknown_execution: 404,
  unknown_flow: 404,
  unknown_route: 404,
  conflict: 409,
  execution_conflict: 409,
  ignored: 409,
  pending_interrupts: 409,
  not_failed: 409,
  rerun_unavailable: 409,
  interventions_off: 409,
  interventions_closed: 409,
  lease_expired: 409,
  definition_mismatch: 409,
  gone: 410,
  preview_gone: 410,
  erased: 410,
  retention_over: 410,
  body_too_large: 413,
  value_too_large: 413,
  value_damaged: 500,
  invalid_value: 422,
  mismatch: 422,
  snapshot_invalid: 422,
  definition_invalid: 500,
  internal: 500,
  close_timeout: 500,
  invalid_pause: 500,
  invocation_ended: 500,
  lease_lost: 500,
  missing_resource: 500,
  missing_setting: 500,
  definition_missing: 503,
  newer_format: 503,
  nondeterministic_chunk: 500,
  contention: 503,
  unavailable: 503,
  head_too_large: 507,
};

describe('problems', () => {
  for (const [code, status] of Object.entries(STATUS) as [ProblemCode, number][]) {
    it(`${code} is ${status}`, () => {
      const answer = problem(code, 'why', { path: 'body.x' });
      assert.equal(answer.statusCode, status);
      assert.equal(answer.headers['content-type'], 'application/problem+json');
      assert.equal(answer.headers['cache-control'], 'no-store');
      const { title } = PROBLEMS[code];
      const type = `urn:durable-triggerflow:problem:${code}`;
      assert.deepEqual(JSON.parse(answer.body), { type, title, status, code, detail: 'why', path: 'body.x' });
    });
  }

  it('contain Retry-After under contention', () => {
    assert.equal(problem('contention', '').headers['retry-after'], '1');
  });

  it('contain only code and path of a coded error', () => {
    const { log, lines } = recorder();
    const error = new FlowError('invalid_input', 'input.n: too small', {
      details: { path: 'input.n', value: 'canary' },
    });
    const answer = failure(error, log);
    assert.equal(answer.statusCode, 400);
    assert.equal(JSON.parse(answer.body).path, 'input.n');
    assert.ok(!answer.body.includes('canary'));
    assert.deepEqual(lines, []);
  });

  it('mark a store failure as retryable', () => {
    const { log, lines } = recorder();
    const outages = [
      Object.assign(new Error('canary'), { name: 'TimeoutError' }),
      Object.assign(new Error('canary'), { name: 'ProvisionedThroughputExceededException', $fault: 'client' }),
      Object.assign(new Error('canary'), { name: 'InternalServerError', $fault: 'server' }),
      Object.assign(new Error('canary'), { code: 'ECONNREFUSED' }),
    ];
    for (const error of outages) {
      const answer = failure(error, log);
      const { code } = JSON.parse(answer.body);
      assert.deepEqual(
        { statusCode: answer.statusCode, code, retryAfter: answer.headers['retry-after'] },
        { statusCode: 503, code: 'unavailable', retryAfter: '1' },
      );
    }
    assert.equal(lines.length, outages.length);
    assert.ok(!lines.join().includes('canary'));
    const refused = Object.assign(new Error('x'), { name: 'AccessDeniedException', $fault: 'client' });
    assert.equal(failure(refused, log).statusCode, 500);
  });

  it('hide internal errors from the caller and foreign messages from the log', () => {
    const thrown = [
      new Error('canary\n    at canary (canary)', { cause: 'canary' }),
      new TypeError('canary'),
      'canary',
      undefined,
      { message: 'canary' },
      Object.assign(new Error('canary'), { name: 'FlowError', code: 'of_another_version' }),
    ];
    for (const error of thrown) {
      const { log, lines } = recorder();
      const answer = failure(error, log);
      assert.equal(answer.statusCode, 500);
      assert.equal(JSON.parse(answer.body).code, 'internal');
      assert.equal(lines.length, 1);
      assert.ok(!`${answer.body}${lines}`.includes('canary'), lines.join());
    }
  });

  it('log the code of an app error and hide it from the caller', () => {
    for (const code of ['missing_setting', 'lease_lost', 'definition_invalid'] satisfies FlowErrorCode[]) {
      const { log, lines } = recorder();
      assert.equal(failure(new FlowError(code, 'TABLE_NAME is missing'), log).body.includes('TABLE_NAME'), false);
      assert.match(lines.join(), new RegExp(`"code":"${code}","detail":"TABLE_NAME is missing"`));
    }
  });
});
