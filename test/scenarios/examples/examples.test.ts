/** The examples of the project, each over memory and over the local service. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import app from '#app';
import { createMemoryExchange } from '../../../lib/exchange.ts';
import { HANG_MS } from '../../limits.ts';
import { openHttp } from '../drivers/http-driver.ts';
import { openMemory } from '../drivers/memory-driver.ts';
import { orchestrationCases } from './02-orchestration.ts';
import { asyncFirstCases } from './03-async-first.ts';
import { reviewGateCases } from './04-review-gate.ts';
import { taskListCases } from './05-task-list.ts';
import { policyApprovalCases } from './06-policy-approval.ts';
import type { Example } from './doors.ts';

type Announced = ReturnType<Example['announced']>[number];

async function overMemory(): Promise<Example> {
  const exchange = createMemoryExchange();
  const driver = await openMemory({ ...app, exchange: { approvals: () => exchange } });
  return { ...driver, announced: () => exchange.announcements };
}

async function overHttp(): Promise<Example> {
  const webhook = await openWebhook();
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  const driver = await openHttp({ env: { APPROVAL_WEBHOOK_URL: webhook.url, APPROVAL_WEBHOOK_SECRET: secret } });
  return {
    ...driver,
    announced: () => webhook.announced,
    async close() {
      await driver.close();
      webhook.server.close();
    },
  };
}

async function openWebhook(): Promise<{
  readonly server: Server;
  readonly url: string;
  readonly announced: Announced[];
}> {
  const announced: Announced[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const { data } = JSON.parse(body) as { data: Announced };
    announced.push({ ...data, id: String(request.headers['webhook-id']) });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, announced };
}

const OPEN: Readonly<Record<string, () => Promise<Example>>> = { memory: overMemory, HTTP: overHttp };

for (const [name, open] of Object.entries(OPEN)) {
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
