/** The interface of a scenario to a deployment: callback and API, waiting, and the stored items. */
import assert from 'node:assert/strict';
import type { ExecutionRecord } from '../../../lib/ports/execution-store.ts';
import type { StreamItem } from '../../../lib/ports/stream-store.ts';

export interface Request {
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects are sent as JSON, text as it is. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes, as text. */
  readonly text: string;
}

export interface Driver {
  /** @param target path and query as they go over the wire; an absolute URL is taken as it is */
  send(method: string, target: string, request?: Request): Promise<Answer>;
  /** Polls until the condition holds. @throws when it does not */
  until<T>(read: () => Promise<T>, wanted: (value: T) => boolean): Promise<T>;
  /** Advances time by at least a millisecond. */
  tick(): Promise<void>;
  record(executionId: string): Promise<ExecutionRecord | undefined>;
  /** Without the engine's own items. */
  stream(executionId: string): Promise<readonly StreamItem[]>;
  /** The prefix of callback URLs. */
  readonly baseUrl: string;
  /** Log lines of faults so far. */
  faults(): readonly string[];
  /** Restarts as another process over the same store. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export function bodyText(body: unknown): string | undefined {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
}

export interface Wait {
  readonly executionId: string;
  readonly interruptId: string;
  readonly flow: string;
  readonly type: string;
  readonly payload: { readonly question: string; readonly amountCents: number };
  readonly createdAt: string;
  readonly generation: number;
}

/** A wait, and a link that was made to it. */
export interface LinkedWait extends Wait {
  readonly callbackUrl: string;
}

export interface Execution {
  readonly executionId: string;
  readonly flow: string;
  readonly status: string;
  readonly lifecycle: string;
  readonly input?: unknown;
  readonly state: Readonly<Record<string, unknown>>;
  readonly interrupts: readonly Wait[];
  readonly result?: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly closedAt?: string;
}

export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly cursor?: string;
}

export const STARTS = '/flows/refund-approval/executions';
export const LARGE = { ticket: 'T-1', amountCents: 50_000, reason: 'arrived <b>broken</b>' };
export const SMALL = { ticket: 'T-2', amountCents: 900, reason: 'late' };

/** Creates a link to a wait; no other request shows it. */
export async function linkTo(driver: Driver, wait: Wait, body: unknown = {}): Promise<LinkedWait> {
  assert.equal('callbackUrl' in wait, false);
  const target = `/executions/${wait.executionId}/interrupts/${wait.interruptId}/links`;
  const made = await driver.send('POST', target, { body });
  assert.equal(made.status, 201, made.text);
  return { ...wait, callbackUrl: String(fieldsOf(made).callbackUrl) };
}

/** The vocabulary of the refund scenario over a driver. */
export function refundsOf(driver: Driver) {
  const read = async <T>(target: string): Promise<T> => {
    const answer = await driver.send('GET', target);
    assert.equal(answer.status, 200, answer.text);
    return JSON.parse(answer.text) as T;
  };
  const execution = (id: string) => read<Execution>(`/executions/${id}`);
  const start = (id: string, input: unknown) =>
    driver.send('POST', STARTS, { headers: { 'idempotency-key': id }, body: { input } });
  const reach = (id: string, status: string) =>
    driver.until(
      () => execution(id),
      (seen) => seen.status === status,
    );
  return {
    execution,
    start,
    reach,
    list: (query: string) => read<Listed<Execution>>(`/executions${query}`),
    interrupts: (query = '') => read<Listed<Wait>>(`/interrupts${query}`),
    answer: (wait: Pick<LinkedWait, 'callbackUrl'>, body: unknown, headers: Request['headers'] = {}) =>
      driver.send('POST', wait.callbackUrl, { headers, body }),
    /** Starts a large refund and gives its open question. */
    async waiting(id: string): Promise<LinkedWait> {
      const started = await start(id, LARGE);
      assert.equal(started.status, 202, started.text);
      const [wait, ...more] = (await reach(id, 'waiting')).interrupts;
      // The worker still has to clear the announcement.
      await driver.until(
        () => driver.record(id),
        (record) => record?.head.outbox.length === 0,
      );
      assert.ok(wait);
      assert.deepEqual(more, []);
      return linkTo(driver, wait);
    },
    async started(id: string, input: unknown): Promise<void> {
      const answer = await start(id, input);
      assert.equal(answer.status, 202, answer.text);
      assert.equal(fieldsOf(answer).executionId, id);
    },
  };
}

export type Refunds = ReturnType<typeof refundsOf>;

export function fieldsOf(answer: Answer): Readonly<Record<string, unknown>> {
  return JSON.parse(answer.text) as Record<string, unknown>;
}

/** A problem document of this status and code. */
export function assertProblem(answer: Answer, status: number, code: string): Readonly<Record<string, unknown>> {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  const fields = fieldsOf(answer);
  assert.deepEqual({ status: fields.status, code: fields.code }, { status, code });
  return fields;
}

/** The stored items of an execution, without the sweep's fields. */
export async function contentsOf(driver: Driver, executionId: string) {
  const { head, inbox } = (await driver.record(executionId)) ?? {};
  return { head, inbox };
}
