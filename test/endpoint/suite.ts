/** The scenarios on an endpoint of a given kind. Unsupported ones are skipped, with the reason. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { callbackCases } from '../scenarios/callbacks.ts';
import { findCases } from '../scenarios/find.ts';
import { refundCases } from '../scenarios/refund-approval.ts';
import { talkCases } from '../scenarios/talk.ts';
import { commandLineCases } from './command-line.ts';
import { CAPABILITIES, type Capability, readKind } from './kinds.ts';
import {
  doorCases,
  keyCases,
  killedCases,
  loopCases,
  poisonCases,
  redriveCases,
  scheduleCases,
  wideCases,
} from './scenarios.ts';
import { openParts } from './target/parts.ts';
import { openStack } from './target/stack.ts';
import type { Target } from './target/target.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const { AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SQS } = process.env;
const kind = readKind(process.env);
const can = CAPABILITIES[kind];

let target: Target | undefined;
before(
  async () => {
    target = can.has('stack')
      ? await openStack(endpoint)
      : await openParts({
          ...(endpoint ? { endpoint } : {}),
          ...(AWS_ENDPOINT_URL_DYNAMODB ? { tableEndpoint: AWS_ENDPOINT_URL_DYNAMODB } : {}),
          ...(AWS_ENDPOINT_URL_SQS ? { queueEndpoint: AWS_ENDPOINT_URL_SQS } : {}),
        });
  },
  { timeout: 600_000 },
);
after(() => target?.close(), { timeout: 300_000 });

const open = () => target ?? assert.fail('not open');
const driver = () => open().driver;

function scenario(name: string, needs: readonly Capability[], cases: () => void): void {
  const missing = needs.filter((capability) => !can.has(capability));
  if (missing.length > 0) {
    it(name, { skip: `${kind} has no ${missing.join(', ')}` }, () => undefined);
    return;
  }
  describe(`${name} / ${kind}`, cases);
}

scenario('refund', [], () => refundCases(driver));
scenario('callbacks', [], () => callbackCases(driver));
scenario('talk', [], () => talkCases(driver));
scenario('find', [], () => findCases(driver));
scenario('loop', [], () => loopCases(open));
scenario('redrive', [], () => redriveCases(open));
scenario('keys', ['keys'], keyCases);
scenario('door', ['stack'], () => doorCases(open));
scenario('command line', ['stack'], () => commandLineCases(open));
scenario('killed worker', ['processes'], () => killedCases(open));
scenario('wide list', ['processes'], () => wideCases(open));
scenario('poison', ['stack'], () => poisonCases(open));
scenario('schedule', [], () => scheduleCases(open));
