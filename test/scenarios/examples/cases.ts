/** The cases of all examples, for any deployment. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { HANG_MS } from '../../limits.ts';
import { orchestrationCases } from './02-orchestration.ts';
import { asyncFirstCases } from './03-async-first.ts';
import { reviewGateCases } from './04-review-gate.ts';
import { taskListCases } from './05-task-list.ts';
import { policyApprovalCases } from './06-policy-approval.ts';
import type { Example } from './doors.ts';

export function exampleCases(name: string, open: () => Promise<Example>): void {
  describe(`examples, ${name},`, { timeout: HANG_MS }, () => {
    let example: Example | undefined;
    before(async () => {
      example = await open();
    });
    after(() => example?.close());
    const current = () => example ?? assert.fail('not open');
    describe('02-orchestration', () => orchestrationCases(current));
    describe('03-async-first', () => asyncFirstCases(current));
    describe('04-review-gate', () => reviewGateCases(current));
    describe('05-task-list', () => taskListCases(current));
    describe('06-policy-approval', () => policyApprovalCases(current));
    it('has no fault, apart from the task that was not approved', () => {
      const refused = (line: string) => /"(attempt|execution) failed"/.test(line) && line.includes('"t-moved"');
      assert.deepEqual(
        current()
          .faults()
          .filter((line) => !refused(line)),
        [],
      );
    });
  });
}
