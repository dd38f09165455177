/** An execution driven from outside: signals, stream, seal, answers by IAM, close and cancel. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  type Answer,
  assertProblem,
  contentsOf,
  type Driver,
  type Execution,
  fieldsOf,
  linkTo,
  type Request,
} from './drivers/driver.ts';
import { talk } from './talk-app.ts';

interface Streamed {
  readonly items: readonly { readonly seq: number; readonly chunk: string; readonly item: { readonly word: string } }[];
  readonly cursor: number;
  readonly ended: boolean;
}

/** The vocabulary of this scenario over a driver. */
function talksOf(driver: Driver) {
  const read = async <T>(target: string): Promise<T> => {
    const answer = await driver.send('GET', target);
    assert.equal(answer.status, 200, answer.text);
    return JSON.parse(answer.text) as T;
  };
  const post = (target: string, body?: unknown, headers: Request['headers'] = {}) =>
    driver.send('POST', target, { body, headers });
  const execution = (id: string) => read<Execution>(`/executions/${id}`);
  const reach = (id: string, status: string) =>
    driver.until(
      () => execution(id),
      (seen) => seen.status === status,
    );
  return {
    read,
    post,
    execution,
    reach,
    stream: (id: string, query: string) => read<Streamed>(`/executions/${id}/stream${query}`),
    say: (id: string, word: unknown, key: string) =>
      post(`/executions/${id}/signals/say`, { value: { word } }, { 'idempotency-key': key }),
    tell: (id: string, verb: string, body?: unknown) => post(`/executions/${id}/${verb}`, body),
    async begin(id: string): Promise<void> {
      const started = await post('/flows/talk/executions', { input: null }, { 'idempotency-key': id });
      assert.equal(started.status, 202, started.text);
      await driver.until(
        () => execution(id),
        (seen) => seen.status === 'idle',
      );
    },
    /** Makes the execution pause and returns the open question. */
    async asked(id: string) {
      const answer = await post(`/executions/${id}/signals/ask`);
      assertTold(answer, { executionId: id, outcome: 'accepted' });
      const [wait] = (await reach(id, 'waiting')).interrupts;
      return linkTo(driver, wait ?? assert.fail('no question is open'));
    },
  };
}

function assertTold(answer: Answer, expected: object): void {
  assert.equal(answer.status, 202, answer.text);
  const fields = fieldsOf(answer);
  assert.deepEqual({ ...fields, ...expected }, fields);
}

/** @param open returns the one driver of the run */
export function talkCases(open: () => Driver): void {
  it('shows its flow as data and as a diagram', async () => {
    const { read } = talksOf(open());
    const { fingerprint, graph } = talk;
    const { items } = await read<{ items: readonly { flow: string }[] }>('/flows');
    assert.deepEqual(
      items.filter((each) => each.flow === 'talk'),
      [{ flow: 'talk', fingerprint }],
    );
    const shown = await read<{ mermaid: string; contract: object; resumes: object }>('/flows/talk?mode=detailed');
    const { mermaid, contract, resumes, ...rest } = shown;
    assert.match(mermaid, /^flowchart TD/);
    assert.deepEqual(rest, JSON.parse(JSON.stringify({ flow: 'talk', fingerprint, graph, predicates: {} })));
    assert.ok('signals' in contract && 'ask' in resumes, JSON.stringify({ contract, resumes }));
  });

  it('handles a signal once, however often it is sent', async () => {
    const { begin, say, post, execution } = talksOf(open());
    await begin('once');
    assertTold(await say('once', 'a', 's-1'), { executionId: 'once', signalId: 's-1', outcome: 'accepted' });
    assertTold(await say('once', 'a', 's-1'), { executionId: 'once', signalId: 's-1', outcome: 'duplicate' });
    assertProblem(await say('once', 'b', 's-1'), 422, 'mismatch');
    const unnamed = { value: { word: 'c' } };
    for (let i = 0; i < 2; i += 1) assertTold(await post('/executions/once/signals/say', unnamed), {});
    const heard = await open().until(
      () => execution('once'),
      (seen) => seen.status === 'idle' && (seen.state.words as string[]).length === 3,
    );
    assert.deepEqual((heard.state.words as string[]).toSorted(), ['a', 'c', 'c']);
  });

  it('refuses unknown signals and executions and stores nothing', async () => {
    const { begin, say, post } = talksOf(open());
    await begin('strict');
    const before = await contentsOf(open(), 'strict');
    assert.match(String(assertProblem(await say('strict', 1, 's-1'), 422, 'invalid_value').path), /word$/);
    assertProblem(await post('/executions/strict/signals/shout', { value: 1 }), 422, 'invalid_value');
    assertProblem(await post('/executions/strict/signals/a%20b', { value: 1 }), 400, 'invalid_request');
    for (const target of ['signals/say', 'seal', 'unseal', 'cancel', 'close']) {
      assertProblem(await post(`/executions/strict/${target}`, { x: 1 }), 400, 'invalid_request');
      assertProblem(await post(`/executions/strict/${target}?x=1`), 400, 'invalid_request');
      const body = target === 'signals/say' ? { value: { word: 'a' } } : undefined;
      assertProblem(await post(`/executions/none/${target}`, body), 404, 'unknown_execution');
    }
    assertProblem(await open().send('GET', '/executions/none/stream?wait=5'), 404, 'unknown_execution');
    assertProblem(await open().send('GET', '/executions/strict/stream?wait=26'), 400, 'invalid_request');
    assertProblem(await post('/executions/strict/interrupts/none', { value: 1 }), 404, 'unknown');
    assert.deepEqual(await contentsOf(open(), 'strict'), before);
  });

  it('streams as it runs, page by page, from any position', async () => {
    const { begin, say, stream, tell } = talksOf(open());
    await begin('spoken');
    const first = await stream('spoken', '');
    assert.deepEqual(
      { items: first.items.map(({ item }) => item.word), cursor: first.cursor, ended: first.ended },
      { items: ['hello'], cursor: 1, ended: false },
    );
    const { seq, chunk, item, ...rest } = first.items[0] ?? assert.fail();
    assert.deepEqual(
      { seq, chunk, item, rest },
      { seq: 1, chunk: 'greet', item: { word: 'hello' }, rest: { attempt: 1 } },
    );
    assert.deepEqual(await stream('spoken', '?after=1&wait=1'), { items: [], cursor: 1, ended: false });

    const listening = stream('spoken', '?after=1&wait=20');
    await say('spoken', 'a', 's-1');
    await open().until(
      () => open().stream('spoken'),
      (items) => items.length === 2,
    );
    assert.deepEqual(
      (await listening).items.map((each) => each.item.word),
      ['a'],
    );

    assertTold(await tell('spoken', 'close'), { executionId: 'spoken' });
    await talksOf(open()).reach('spoken', 'completed');
    const page = await stream('spoken', '?limit=1&wait=20');
    assert.deepEqual(
      { itemCount: page.items.length, cursor: page.cursor, ended: page.ended },
      { itemCount: 1, cursor: 1, ended: false },
    );
    const last = await stream('spoken', `?limit=1&after=${page.cursor}`);
    assert.deepEqual(
      { word: last.items[0]?.item.word, cursor: last.cursor, ended: last.ended },
      { word: 'a', cursor: 2, ended: true },
    );
    assert.deepEqual(await stream('spoken', '?after=2&wait=20'), { items: [], cursor: 2, ended: true });
  });

  it('refuses signals while it is sealed', async () => {
    const { begin, say, tell, execution } = talksOf(open());
    await begin('sealed');
    await say('sealed', 'a', 's-1');
    for (const outcome of ['applied', 'already']) assertTold(await tell('sealed', 'seal'), { outcome });
    assert.equal((await execution('sealed')).lifecycle, 'sealed');
    assertProblem(await say('sealed', 'b', 's-2'), 409, 'ignored');
    assertTold(await say('sealed', 'a', 's-1'), { outcome: 'duplicate' });
    for (const outcome of ['applied', 'already']) assertTold(await tell('sealed', 'unseal'), { outcome });
    assertTold(await say('sealed', 'b', 's-2'), { outcome: 'accepted' });
  });

  it('accepts an answer once, by API or callback, and closes without pending waits', async () => {
    const { begin, asked, post, tell, reach, say } = talksOf(open());
    await begin('answered');
    const { interruptId, callbackUrl } = await asked('answered');
    const pending = assertProblem(await tell('answered', 'close'), 409, 'pending_interrupts');
    assert.deepEqual(pending.interruptIds, [interruptId]);

    const target = `/executions/answered/interrupts/${interruptId}`;
    assertProblem(await post(target, { value: { word: 1 } }), 422, 'invalid_value');
    const answer = { value: { word: 'yes' }, resumeRequestId: 'q-1', actor: 'ann' };
    const first = await post(target, answer);
    assert.equal(first.status, 200, first.text);
    assertTold(await tell('answered', 'close'), { executionId: 'answered' });
    assert.deepEqual((await reach('answered', 'completed')).result, { words: ['yes'] });
    for (const door of [target, callbackUrl]) {
      const again = await post(door, answer);
      assert.deepEqual(
        { status: again.status, text: again.text, idempotentReplay: again.headers['idempotent-replay'] },
        { status: 200, text: first.text, idempotentReplay: 'true' },
      );
      const other = assertProblem(await post(door, { value: { word: 'no' } }), 409, 'conflict');
      assert.ok([other.resolvedBy, other.claimed].includes('ann'), 'as an identity, or beside one');
    }
    assertTold(await tell('answered', 'close'), { outcome: 'closed' });
    assertProblem(await say('answered', 'b', 's-2'), 409, 'ignored');
    for (const verb of ['seal', 'unseal', 'cancel']) assertTold(await tell('answered', verb), { outcome: 'already' });
  });

  it('ends at once on a cancel and on a close that cancels its waits', async () => {
    const { begin, asked, post, tell, reach, stream } = talksOf(open());
    for (const [id, verb, body] of [
      ['cancelled', 'cancel', undefined],
      ['given-up', 'close', { pendingInterrupts: 'cancel' }],
    ] as const) {
      await begin(id);
      const { interruptId } = await asked(id);
      assertTold(await tell(id, verb, body), { executionId: id });
      assert.equal((await reach(id, 'cancelled')).lifecycle, 'closed');
      const late = await post(`/executions/${id}/interrupts/${interruptId}`, { value: { word: 'late' } });
      assertProblem(late, 410, 'gone');
      assert.equal((await stream(id, '?wait=20')).ended, true);
    }
  });

  it('has no fault', () => {
    assert.deepEqual(open().faults(), []);
  });
}
