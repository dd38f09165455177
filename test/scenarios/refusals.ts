/** Requests that the API refuses: with a code, never a 500, and without a change in the store. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  type Answer,
  assertProblem,
  type Driver,
  fieldsOf,
  LARGE,
  refundsOf,
  SMALL,
  STARTS,
} from './drivers/driver.ts';

const KIB = 1024;

/** @param open returns the one driver of the run */
export function refusalCases(open: () => Driver): void {
  /** A start that must store nothing. */
  const refused = async (body: unknown, target = STARTS): Promise<Answer> => {
    const answer = await open().send('POST', target, { headers: { 'idempotency-key': 'never' }, body });
    assert.equal(await open().record('never'), undefined);
    return answer;
  };
  /** Requests that must not change the list. It is read once for all of them, because it asks many partitions. */
  const unlisted = async (send: () => Promise<void>): Promise<void> => {
    const { list } = refundsOf(open());
    const newest = await list('?flow=refund-approval&limit=1');
    await send();
    assert.deepEqual(await list('?flow=refund-approval&limit=1'), newest);
  };

  it('bodies that are too large', async () => {
    const padded = (bytes: number) => {
      const empty = JSON.stringify({ input: { ...SMALL, reason: '' } });
      return JSON.stringify({ input: { ...SMALL, reason: 'x'.repeat(bytes - empty.length) } });
    };
    await unlisted(async () => {
      assertProblem(await refused(padded(256 * KIB + 1)), 413, 'body_too_large');
    });
    const largest = { headers: { 'idempotency-key': 'largest' }, body: padded(256 * KIB) };
    const answer = await open().send('POST', STARTS, largest);
    assert.equal(answer.status, 202, answer.text);
    await refundsOf(open()).reach('largest', 'completed');
  });

  it('bodies that are not the expected JSON', async () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const cases: readonly (readonly [body: string, path: string])[] = [
      ['', 'body'],
      ['{"input":', 'body'],
      ['input=1', 'body'],
      ['null', 'body'],
      ['[]', 'body'],
      ['{"inputs":{}}', 'body'],
      [`{"input":${nested(40)}}`, `body.input${'[0]'.repeat(32)}`],
      [`{"input":${nested(20_000)}}`, `body.input${'[0]'.repeat(32)}`],
      ['{"input":{"__proto__":{"admin":true}}}', 'body.input'],
      ['{"input":{"reason":{"constructor":{"prototype":1}}}}', 'body.input.reason'],
      ['{"__proto__":{"input":1}}', 'body'],
      ['{"input":{"ticket":"\\ud800","amountCents":1,"reason":""}}', 'body.input.ticket'],
    ];
    await unlisted(async () => {
      for (const [body, path] of cases) {
        const fields = assertProblem(await refused(body), 400, 'invalid_request');
        assert.equal(fields.path, path, body.slice(0, 40));
      }
    });
    assert.equal(Reflect.get({}, 'admin'), undefined);
  });

  it('input of the wrong shape, naming the path', async () => {
    const cases: readonly (readonly [input: unknown, path: string])[] = [
      [{ ...LARGE, amountCents: '5' }, 'input.amountCents'],
      [{ ...LARGE, amountCents: -1 }, 'input.amountCents'],
      [{ ...LARGE, amountCents: 1.5 }, 'input.amountCents'],
      [{ ...LARGE, ticket: '' }, 'input.ticket'],
      [{ ...LARGE, ticket: 'x'.repeat(65) }, 'input.ticket'],
      [{ ticket: 'T', amountCents: 1 }, 'input.reason'],
      [null, 'input'],
      ['text', 'input'],
      [[LARGE], 'input'],
    ];
    await unlisted(async () => {
      for (const [input, path] of cases) {
        const fields = assertProblem(await refused({ input }), 400, 'invalid_input');
        assert.equal(fields.path, path, JSON.stringify(input));
      }
    });
  });

  it('invalid ids, cursors and limits', async () => {
    const { start } = refundsOf(open());
    for (const id of ['a b', '!', 'x'.repeat(129), 'a/b', 'a,b']) {
      const answer = await start(id, SMALL);
      assertProblem(answer, 400, 'invalid_request');
    }
    for (const query of ['?limit=0', '?limit=101', '?limit=x', '?cursor=x', '?status=ajar', '?flow=a%20b', '?page=2']) {
      const answer = await open().send('GET', `/executions${query}`);
      assert.match(String(assertProblem(answer, 400, 'invalid_request').path), /^query/);
    }
    for (const query of ['?limit=0', '?cursor=W10', '?status=open']) {
      assertProblem(await open().send('GET', `/interrupts${query}`), 400, 'invalid_request');
    }
  });

  it('unknown flows, executions and routes', async () => {
    await unlisted(async () => {
      for (const flow of ['none', '__proto__', 'constructor', 'toString', '%00', 'refund-approval%20']) {
        assertProblem(await refused({ input: SMALL }, `/flows/${flow}/executions`), 404, 'unknown_flow');
      }
    });
    for (const id of ['none', '__proto__', 'constructor', '%2e%2e', 'a%20b', 'x'.repeat(200), '%F0%9F%98%80']) {
      assertProblem(await open().send('GET', `/executions/${id}`), 404, 'unknown_execution');
    }
    const routes = [
      'GET /',
      'POST /flows',
      'DELETE /executions/x',
      'POST /interrupts',
      'PUT /callbacks/x',
      'GET /nope',
    ];
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ');
      const answer = await open().send(method, path);
      assert.equal(answer.status, 404, route);
      assert.ok(fieldsOf(answer));
    }
  });

  it('to let the Host header into callback URLs', async () => {
    const { waiting } = refundsOf(open());
    const wait = await waiting('host');
    const forwarded = {
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
      'x-forwarded-proto': 'gopher',
    };
    const named = { ...forwarded, host: 'evil.example' };
    const input = { headers: { ...named, 'idempotency-key': 'host' }, body: { input: LARGE } };
    const { status } = await open().send('POST', STARTS, input);
    assert.ok(status === 202 || status === 403, `${status}`);
    // The local host refuses such a request; API Gateway would not route it here.
    const headers = status === 403 ? forwarded : named;
    for (const target of ['/executions/host', '/executions', '/interrupts']) {
      const answer = await open().send('GET', target, { headers });
      assert.equal(answer.status, 200);
      assert.ok(!answer.text.includes('evil.example'));
    }
    const target = `/executions/host/interrupts/${wait.interruptId}/links`;
    const made = await open().send('POST', target, { headers, body: {} });
    assert.equal(made.status, 201, made.text);
    const { callbackUrl } = fieldsOf(made);
    assert.ok(String(callbackUrl).startsWith(`${open().baseUrl}/callbacks/`));
    const page = await open().send('GET', String(callbackUrl), { headers });
    assert.equal(page.status, 200);
    assert.ok(!page.text.includes('evil.example'));
  });

  it('has no fault', () => {
    assert.deepEqual(open().faults(), []);
  });
}
