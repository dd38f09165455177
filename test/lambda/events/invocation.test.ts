import assert from 'node:assert/strict';
import { AsyncResource } from 'node:async_hooks';
import { describe, it } from 'node:test';
import { createInvocations } from '../../../lib/adapters/lambda/http/invocation.ts';

describe('invocations', () => {
  it('allow calls until they answered, and none afterwards', async () => {
    const { run, check } = createInvocations();
    let release = () => {};
    const frozen = new Promise<void>((resolve) => {
      release = resolve;
    });
    let late: Promise<void> = Promise.resolve();
    const answer = await run(async () => {
      check();
      late = frozen.then(check);
      return 'answered';
    });
    assert.equal(answer, 'answered');
    // The next invocation thaws calls that the last one left.
    const next = run(async () => {
      release();
      await assert.rejects(late, { code: 'invocation_ended' });
      check();
    });
    await next;
    check();
  });

  it('end when they fail, and do not end each other', async () => {
    const { run, check } = createInvocations();
    let late: () => void = () => assert.fail();
    const failed = run(async () => {
      late = AsyncResource.bind(check);
      throw new Error('broken');
    });
    await assert.rejects(failed, /broken/);
    assert.throws(() => late(), { code: 'invocation_ended' });
    let end = () => {};
    const long = run(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    await run(async () => check());
    await run(async () => check());
    end();
    await long;
  });
});
