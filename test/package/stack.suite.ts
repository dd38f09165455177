/** The refund scenario on the deployed stack of a project that `init` has made. */
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { openStack } from '../endpoint/target/stack.ts';
import type { Target } from '../endpoint/target/target.ts';
import { refundCases } from '../scenarios/refund-approval.ts';
import { createShell } from './shell.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const { AWS_ENDPOINT_URL: endpoint, PROJECT_FOLDER: folder = '' } = process.env;

let target: Target | undefined;
before(
  async () => {
    const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION } = process.env;
    const access = { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION };
    target = await openStack(endpoint, {
      folder,
      service: 'my-app',
      stage: 'dev',
      // Alarms on ratios are unknown to emulators.
      args: ['--param', 'metricMath=no'],
      env: { ...createShell().env, ...access, AWS_EC2_METADATA_DISABLED: 'true' },
      lease: 20_000,
    });
  },
  { timeout: 600_000 },
);
after(() => target?.close(), { timeout: 300_000 });

describe('refund', () => refundCases(() => target?.driver ?? assert.fail('not open')));
