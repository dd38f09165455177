/** The doors over the test kit: no network, no files, and a clock that moves when it is told to. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import deployed from '#app';
import { matchRoute, routeKey } from '../../../infra/local/http/event.ts';
import { loadService, routesOf } from '../../../infra/local/service/service.ts';
import { createCallbackHandler } from '../../../lib/adapters/lambda/callback/callback.ts';
import { createApiHandler } from '../../../lib/adapters/lambda/routes/api.ts';
import { createInterruptLink, createMakeLink } from '../../../lib/adapters/lambda/routes/links.ts';
import type { App } from '../../../lib/runtime/app/app.ts';
import { SYSTEM_CHUNK } from '../../../lib/runtime/worker/outbox.ts';
import { createTestkit, type Testkit } from '../../../lib/testing.ts';
import { recorder, request, tokens } from '../../lambda/support.ts';
import { type Answer, bodyText, type Driver, type Request } from './driver.ts';

export interface MemoryDriver extends Driver {
  readonly kit: Testkit;
}

/** @param app default: the app of the project */
export async function openMemory(app: App = deployed): Promise<MemoryDriver> {
  const { log, lines } = recorder();
  const routes = routesOf(await loadService('test'));
  const baseUrl = 'https://callbacks.test';
  const links = { tokens, baseUrl, tokenLife: 90 * 24 * 3_600_000 };
  const begin = (over?: Testkit) => {
    const kit = createTestkit(app, { link: createInterruptLink(links), ...(over ? { over } : {}) });
    const makeLink = createMakeLink({ ...links, clock: kit.clock });
    const api = createApiHandler({ ...kit.ports, app, client: kit.client, makeLink, log });
    const callback = createCallbackHandler({ client: kit.client, tokens, clock: kit.clock, log });
    return { kit, doors: { api, callback } };
  };
  let current = begin();
  const { kit } = current;

  /** A caller that lost its commit waits before its next try: by this clock. */
  async function whileTimePasses<T>(call: Promise<T>): Promise<T> {
    const ended = call.then(
      () => true,
      () => true,
    );
    while (!(await Promise.race([ended, nextTurn(false)]))) await kit.clock.advance(1);
    return call;
  }

  async function send(method: string, target: string, { headers = {}, body }: Request = {}): Promise<Answer> {
    const [path = '', query] = target.replace(baseUrl, '').split('?');
    const match = matchRoute(routes, method, path);
    if (!match) return { status: 404, headers: {}, text: '{"message":"Not Found"}' };
    const { fn } = match.route;
    assert.ok(fn === 'api' || fn === 'callback', fn);
    const text = bodyText(body);
    const event = request(routeKey(match.route), {
      path: match.params,
      headers,
      base64: headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false,
      ...(query === undefined ? {} : { query: Object.fromEntries(new URLSearchParams(query)) }),
      ...(text === undefined ? {} : { body: text }),
    });
    const answer = await whileTimePasses(current.doors[fn](event));
    return { status: answer.statusCode, headers: answer.headers, text: answer.body };
  }

  return {
    kit,
    baseUrl,
    send,
    async until(read, wanted) {
      await current.kit.drain();
      const value = await read();
      assert.ok(wanted(value), `at rest with ${JSON.stringify(value)}`);
      return value;
    },
    tick: () => kit.clock.advance(1),
    record: (executionId) => kit.ports.executions.load(executionId),
    async stream(executionId) {
      const record = await kit.ports.executions.load(executionId);
      const items = record ? await kit.ports.streams.read({ executionId, inc: record.head.inc }, 0, 100) : [];
      return items.filter(({ chunk }) => chunk !== SYSTEM_CHUNK);
    },
    faults: () => lines,
    async restart() {
      current = begin(kit);
    },
    close: async () => undefined,
  };
}
