/** The callback URL: exactly one answer counts, repeats get the same bytes, and a browser can answer too. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Answer, assertProblem, contentsOf, type Driver, fieldsOf, refundsOf } from './drivers/driver.ts';

const YES = { value: { approved: true } };

/** @param open returns the one driver of the run */
export function callbackCases(open: () => Driver): void {
  it('repeats an answer byte for byte, before and after the close', async () => {
    const { waiting, answer, reach } = refundsOf(open());
    const wait = await waiting('bytes');
    const body = { ...YES, resumeRequestId: 'q-1', actor: 'ann' };
    const first = await answer(wait, body);
    assert.equal(first.status, 200, first.text);
    assert.equal(fieldsOf(first).resumeRequestId, 'q-1');
    assert.equal(first.headers['idempotent-replay'], undefined);
    assertReplay(await answer(wait, body), first);
    await reach('bytes', 'completed');
    await open().tick();
    assertReplay(await answer(wait, body), first);
    // The answer depends neither on the caller nor on where the id is given.
    assertReplay(await answer(wait, YES, { 'idempotency-key': 'q-1' }), first);
    assert.equal((await open().stream('bytes')).length, 1);
  });

  it('repeats an answer without a request id', async () => {
    const { waiting, answer, reach } = refundsOf(open());
    const wait = await waiting('derived');
    const first = await answer(wait, { value: { approved: true, note: 'n' } });
    assertReplay(await answer(wait, { value: { note: 'n', approved: true } }), first);
    await reach('derived', 'completed');
    assertReplay(await answer(wait, { value: { approved: true, note: 'n' } }), first);
  });

  it('answers another decision with actor and time, and another value for a used id as a mismatch', async () => {
    const { waiting, answer, reach } = refundsOf(open());
    const wait = await waiting('other');
    const first = fieldsOf(await answer(wait, { ...YES, resumeRequestId: 'q-1', actor: 'ann' }));
    const check = async () => {
      for (const value of [{ approved: false }, { approved: true }]) {
        const conflict = assertProblem(await answer(wait, { value, resumeRequestId: 'q-2' }), 409, 'conflict');
        assert.deepEqual(
          { resolvedAt: conflict.resolvedAt, resolvedBy: conflict.resolvedBy },
          { resolvedAt: first.resolvedAt, resolvedBy: 'ann' },
        );
      }
      assertProblem(await answer(wait, { value: { approved: false } }), 409, 'conflict');
      const other = { value: { approved: false }, resumeRequestId: 'q-1' };
      assertProblem(await answer(wait, other), 422, 'mismatch');
    };
    await check();
    assert.deepEqual((await reach('other', 'completed')).result, { decision: { approved: true, by: 'manager' } });
    await check();
  });

  it('names no actor when none was given', async () => {
    const { waiting, answer } = refundsOf(open());
    const wait = await waiting('nobody');
    await answer(wait, YES);
    const conflict = assertProblem(await answer(wait, { value: { approved: false } }), 409, 'conflict');
    assert.equal(conflict.resolvedBy, null);
  });

  it('accepts one of many concurrent answers', async () => {
    const { waiting, answer, reach } = refundsOf(open());
    const wait = await waiting('race');
    const decisions = Array.from({ length: 8 }, (_, i) => ({
      value: { approved: i % 2 === 0, note: `n${i}` },
      resumeRequestId: `q-${i}`,
      actor: `a${i}`,
    }));
    const answers = await Promise.all(decisions.map((decision) => answer(wait, decision)));
    const winners = answers.flatMap(({ status }, i) => (status === 200 ? [i] : []));
    const [winner, ...others] = winners;
    assert.ok(winner !== undefined);
    assert.deepEqual(others, []);
    answers.forEach((lost, i) => {
      if (i !== winner) assert.equal(assertProblem(lost, 409, 'conflict').resolvedBy, `a${winner}`);
    });
    const { result } = await reach('race', 'completed');
    assert.deepEqual(result, { decision: { ...decisions[winner]?.value, by: 'manager' } });
    assert.equal((await open().stream('race')).length, 1);
  });

  it('takes the request id from body or header; two different ids are refused', async () => {
    const { waiting, answer } = refundsOf(open());
    const wait = await waiting('ids');
    const before = await contentsOf(open(), 'ids');
    const both = { ...YES, resumeRequestId: 'q-1' };
    const problem = assertProblem(await answer(wait, both, { 'idempotency-key': 'q-2' }), 400, 'invalid_request');
    assert.equal(problem.path, 'resumeRequestId');
    for (const bad of ['', 'a b', 'x'.repeat(129)]) {
      assertProblem(await answer(wait, { ...YES, resumeRequestId: bad }), 400, 'invalid_request');
    }
    assertProblem(await answer(wait, YES, { 'idempotency-key': 'a b' }), 400, 'invalid_request');
    assert.deepEqual(await contentsOf(open(), 'ids'), before);
    const first = await answer(wait, both, { 'idempotency-key': 'q-1' });
    assert.equal(fieldsOf(first).resumeRequestId, 'q-1', first.text);
    assertReplay(await answer(wait, both), first);
  });

  it('refuses a value outside the resume schema and keeps the wait', async () => {
    const { waiting, answer, execution } = refundsOf(open());
    const wait = await waiting('unfit');
    const before = await contentsOf(open(), 'unfit');
    const values = [{}, null, 'yes', { approved: 'true' }, { approved: true, note: 7 }];
    for (const value of values) assertProblem(await answer(wait, { value }), 422, 'invalid_value');
    const named = assertProblem(await answer(wait, { value: { approved: 1 } }), 422, 'invalid_value');
    assert.equal(named.path, 'value.approved');
    for (const body of ['', '{', '[]', '{}', '{"value":1,"more":2}', '{"value":{"__proto__":{}}}']) {
      assertProblem(await answer(wait, body), 400, 'invalid_request');
    }
    assertProblem(await answer(wait, { value: { approved: true, note: 'x'.repeat(262_144) } }), 413, 'body_too_large');
    assert.deepEqual(await contentsOf(open(), 'unfit'), before);
    assert.equal((await execution('unfit')).status, 'waiting');
  });

  it('accepts a long answer and stores it outside the head', async () => {
    const { waiting, answer, reach } = refundsOf(open());
    const wait = await waiting('long');
    const value = { approved: true, note: '€'.repeat(80_000) };
    const first = await answer(wait, { value });
    assert.equal(first.status, 200, first.text);
    const { result } = await reach('long', 'completed');
    assert.deepEqual(result, { decision: { ...value, by: 'manager' } });
    assertReplay(await answer(wait, { value }), first);
    const [notice] = await open().stream('long');
    assert.deepEqual(notice?.item, { notice: { ...value, by: 'manager', executionId: 'long' } });
    const record = await open().record('long');
    assert.ok(JSON.stringify(record?.head).length < 2_000);
  });

  it('gives the same answer to every invalid token', async () => {
    const { waiting } = refundsOf(open());
    const { callbackUrl } = await waiting('tokens');
    const token = callbackUrl.split('/').at(-1) ?? '';
    const [version, kid, payload = '', mac = ''] = token.split('.');
    const flipped = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
    const garbage = [
      'x',
      '...',
      '%00',
      '..%2F..%2Fexecutions',
      'v1.a.b.c',
      `${token}A`,
      token.slice(0, -1),
      [version, kid, flipped(payload), mac].join('.'),
      [version, kid, payload, flipped(mac)].join('.'),
      [version, 'other', payload, mac].join('.'),
      ['v3', kid, payload, mac].join('.'),
      'A'.repeat(5_000),
    ];
    // A gateway that decodes slashes before routing has no route for this path.
    const isStopped = (bad: string, { status, text }: Answer) =>
      bad.includes('%2F') && status === 404 && text === '{"message":"Not Found"}';
    const answers: Answer[] = [];
    for (const bad of garbage) {
      const got = await open().send('GET', `/callbacks/${bad}`);
      // The signature is checked before the body.
      const posted = await open().send('POST', `/callbacks/${bad}`, { body: bad.startsWith('v') ? YES : '{' });
      answers.push(...[got, posted].filter((each) => !isStopped(bad, each)));
    }
    assert.ok(answers.length >= 2 * (garbage.length - 1));
    const [first, ...others] = answers;
    assert.ok(first);
    assertProblem(first, 404, 'unknown');
    for (const other of others) assert.deepEqual(other, first);
    assert.equal((await open().send('GET', callbackUrl)).status, 200);
  });

  it('shows a page without side effects and accepts its form', async () => {
    const { waiting, execution, answer, reach } = refundsOf(open());
    const wait = await waiting('form');
    const before = await contentsOf(open(), 'form');
    const accept = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const look = () => open().send('GET', wait.callbackUrl, { headers: accept });
    const page = await look();
    assert.equal(page.status, 200);
    assert.match(page.headers['content-type'] ?? '', /^text\/html/);
    assert.equal(page.headers['cache-control'], 'no-store');
    assert.match(page.text, /Refund 500\.00 for ticket T-1\?/);
    assert.match(page.text, /arrived &lt;b&gt;broken&lt;\/b&gt;/);
    assert.deepEqual(await look(), page);
    assert.deepEqual(await contentsOf(open(), 'form'), before);
    assert.equal((await execution('form')).status, 'waiting');

    const headers = { ...accept, 'content-type': 'application/x-www-form-urlencoded' };
    const submit = (choices: Readonly<Record<string, string>>) => {
      const fields = page.text.matchAll(/<(?:input|select|textarea|button)[^>]* name="([^"]+)"/g);
      const names = new Set(Array.from(fields, ([, name]) => name));
      const pairs = Array.from(names, (name = ''): [string, string] => [name, choices[name.replace(/:.*/, '')] ?? '']);
      return answer(wait, new URLSearchParams(pairs).toString(), headers);
    };
    const unfit = await submit({ 'value.note': 'no choice made' });
    assert.match(`${unfit.status} ${unfit.headers['content-type']}`, /^4\d\d text\/html/);
    assert.deepEqual(await contentsOf(open(), 'form'), before);
    const choices = { 'value.approved': 'false', 'value.note': 'Schöne <Grüße>', actor: 'ann' };
    const sent = await submit(choices);
    assert.equal(sent.status, 200, sent.text);
    assert.match(sent.headers['content-type'] ?? '', /^text\/html/);
    const { result } = await reach('form', 'completed');
    assert.deepEqual(result, { decision: { approved: false, by: 'manager', note: 'Schöne <Grüße>' } });
    assertReplay(await submit(choices), sent);
    const other = await submit({ ...choices, 'value.approved': 'true' });
    assert.equal(other.status, 409);
    assert.match(other.text, /ann/);
    const asked = await look();
    assert.equal(asked.status, 200);
    assert.doesNotMatch(asked.text, /<form/);
    assert.match(asked.text, /ann/);
  });
}

function assertReplay(again: Answer, first: Answer): void {
  assert.equal(again.status, 200, again.text);
  assert.equal(again.text, first.text);
  assert.equal(again.headers['idempotent-replay'], 'true');
}
