/**
 * Executions that the old version starts and the present version completes. A row has the start, the state at which the old
 * version is killed, the later answers and the end.
 */
import assert from 'node:assert/strict';
import type { Door, View } from './door.ts';
import type { Link } from './record.ts';

export interface Case {
  readonly id: string;
  readonly flow: string;
  readonly input?: unknown;
  /** Options of the start, given the time of the making (ms). */
  readonly options?: (now: number) => unknown;
  /** Further calls in the old version after the start. */
  readonly before?: (door: Door, id: string) => Promise<void>;
  /** Whether it has reached the state at which the old version is killed. */
  readonly at: (view: View) => boolean;
  /** How many chunks have to be held at that time. */
  readonly held?: number;
  /** Answers to its waits in the present version, by payload. */
  readonly answer?: (link: Link) => unknown;
  /** Other calls in the present version. */
  readonly after?: (door: Door, id: string) => Promise<void>;
  readonly status?: string;
  readonly state: Readonly<Record<string, unknown>>;
  /** Its document is also saved by the old version and loaded by the present one. */
  readonly saved?: true;
}

const waiting =
  (count: number) =>
  ({ interrupts = [] }: View): boolean =>
    interrupts.length === count;
const running = ({ status }: View): boolean => status === 'running';
const has =
  (key: string) =>
  ({ state = {} }: View): boolean =>
    key in state;
const is =
  (wanted: string) =>
  ({ status }: View): boolean =>
    status === wanted;
const signal = (name: string, value: unknown, correlation?: string) => (door: Door, id: string) =>
  door
    .post(`/executions/${id}/signals/${name}`, { value, ...(correlation === undefined ? {} : { correlation }) })
    .then(() => undefined);
const close = async (door: Door, id: string): Promise<void> => void (await door.post(`/executions/${id}/close`));
const number = ({ payload }: Link): number => (payload as { item: number }).item + 100;

const TICKS = 100;

export const CASES: readonly Case[] = [
  // Waits.
  {
    id: 'next',
    flow: 'up-next',
    input: 'sure?',
    at: waiting(1),
    answer: () => ({ yes: true }),
    state: { answer: { yes: true } },
    saved: true,
  },
  {
    id: 'self',
    flow: 'up-self',
    at: waiting(1),
    answer: () => ({ yes: true }),
    state: { log: ['asked', 'resumed {"yes":true}'] },
    saved: true,
  },
  {
    id: 'event',
    flow: 'up-event',
    at: waiting(1),
    answer: () => ({ yes: false }),
    state: { heard: [{ yes: false }] },
    saved: true,
  },
  {
    id: 'again',
    flow: 'up-again',
    async before(door, id) {
      await door.reach(id, 'first wait', waiting(1));
      const [first] = await door.links(id);
      assert.ok(first);
      await door.answer(first, { yes: false });
      await door.reach(id, 'second wait', (view) => waiting(1)(view) && has('asked')(view));
    },
    at: waiting(1),
    answer: () => ({ yes: true }),
    state: { asked: 2 },
    saved: true,
  },
  { id: 'expiry', flow: 'up-expiry', at: waiting(3), state: { ended: { event: 1, failure: 1, value: 1 } } },
  {
    id: 'approval',
    flow: 'up-approval',
    at: waiting(1),
    answer: () => ({ approved: true }),
    state: { outcome: 'approved' },
    saved: true,
  },
  {
    id: 'items',
    flow: 'up-items',
    input: [1, 2, 3, 4, 5],
    async before(door, id) {
      await door.reach(id, 'all waits', waiting(5));
      const first = (await door.links(id)).find(({ payload }) => (payload as { item: number }).item === 1);
      assert.ok(first);
      await door.answer(first, 101);
    },
    at: waiting(4),
    answer: number,
    state: { sums: [202, 204, 206, 208, 210] },
    saved: true,
  },
  // Operators.
  {
    id: 'list',
    flow: 'up-list',
    input: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    at: running,
    held: 4,
    state: { squares: [0, 1, 4, 9, 16, 25, 36, 49, 64, 81] },
    saved: true,
  },
  {
    id: 'nested',
    flow: 'up-nested',
    input: [[1, 2], [3], []],
    at: running,
    held: 2,
    state: { rows: [[20, 30], [40], []] },
    saved: true,
  },
  {
    id: 'batch',
    flow: 'up-batch',
    input: 14,
    at: running,
    held: 2,
    state: { sum: 155, hits: ['over 1', 'over 10'] },
    saved: true,
  },
  {
    id: 'held',
    flow: 'up-held',
    input: [1, 2, 3],
    at: running,
    held: 2,
    state: { seen: [{ seen: 11 }, { seen: 12 }, { seen: 13 }] },
    saved: true,
  },
  {
    id: 'join',
    flow: 'up-join',
    async before(door, id) {
      await signal('left', 1)(door, id);
      await signal('left', 10, 'order-7')(door, id);
    },
    at: is('blocked'),
    async after(door, id) {
      await signal('right', 20, 'order-7')(door, id);
      await door.reach(id, 'the first pair', has('pairs'));
      await signal('right', 2)(door, id);
      await close(door, id);
    },
    state: { pairs: [30, 3] },
  },
  {
    id: 'collect',
    flow: 'up-collect',
    input: 4,
    at: waiting(1),
    answer: number,
    state: { both: [4, 104] },
    saved: true,
  },
  {
    id: 'parent',
    flow: 'up-parent',
    input: 5,
    at: waiting(1),
    answer: number,
    state: { result: { given: 5, answer: 105 } },
    saved: true,
  },
  {
    id: 'children',
    flow: 'up-children',
    input: [1, 2, 3],
    at: waiting(3),
    answer: number,
    state: {
      answers: [
        { given: 1, answer: 101 },
        { given: 2, answer: 102 },
        { given: 3, answer: 103 },
      ],
    },
    saved: true,
  },
  // Timers.
  { id: 'sleep', flow: 'up-sleep', at: is('running'), state: { woken: true } },
  { id: 'retry', flow: 'up-retry', at: is('running'), state: { attempt: 2 } },
  {
    id: 'later',
    flow: 'up-later',
    options: (now) => ({ startAt: new Date(now + 3_600_000).toISOString() }),
    at: is('running'),
    state: { ran: true },
  },
  { id: 'idle', flow: 'up-idle', at: (view) => is('idle')(view) && has('ran')(view), state: { ran: true } },
  // Awaited emits, signals, shared data.
  {
    id: 'cascade',
    flow: 'up-cascade',
    input: 3,
    at: running,
    held: 1,
    state: { before: 1, worked: 1, after: 1 },
    saved: true,
  },
  {
    id: 'prefix',
    flow: 'up-prefix',
    at: running,
    held: 1,
    state: { before: 1, between: 1, worked: [1, 2], after: 1 },
    saved: true,
  },
  { id: 'queued', flow: 'up-queued', at: running, held: 1, state: { done: 6 } },
  { id: 'shared', flow: 'up-shared', at: has('heard'), after: close, state: { heard: ['one'] } },
  {
    id: 'crowd',
    flow: 'up-crowd',
    async before(door, id) {
      for (let i = 1; i <= TICKS; i += 1) await door.post(`/executions/${id}/signals/tick`, { value: 1 }, `tick-${i}`);
    },
    at: ({ state = {} }) => state.sum === TICKS,
    async after(door, id) {
      // The oldest entries have already left the head.
      const answer = await door.post(`/executions/${id}/signals/tick`, { value: 1 }, 'tick-1');
      assert.deepEqual(answer, { executionId: id, signalId: 'tick-1', outcome: 'duplicate' });
      await close(door, id);
    },
    state: { sum: TICKS },
  },
  // Other executions.
  {
    id: 'advised',
    flow: 'up-advised',
    async before(door, id) {
      await door.post(`/executions/${id}/interventions`, { payload: 'be quick' });
    },
    at: waiting(1),
    answer: () => null,
    state: { advice: ['be quick'] },
  },
  {
    id: 'failed',
    flow: 'up-failed',
    at: is('failed'),
    after: async (door, id) => void (await door.post(`/executions/${id}/redrive`)),
    state: { mended: true },
  },
  { id: 'exit', flow: 'up-exit', at: waiting(1), answer: () => null, state: { steps: 2 }, saved: true },
  { id: 'stream', flow: 'up-stream', at: waiting(1), answer: () => null, state: {} },
  {
    id: 'large',
    flow: 'up-large',
    at: waiting(1),
    answer: () => null,
    state: { text: 'x'.repeat(100_000), lengths: Array.from({ length: 20 }, (_, i) => 1_000 + i) },
    saved: true,
  },
  {
    id: 'sealed',
    flow: 'up-next',
    input: 'sure?',
    before: async (door, id) => void (await door.post(`/executions/${id}/seal`)),
    at: waiting(1),
    answer: () => ({ yes: true }),
    state: { answer: { yes: true } },
  },
  {
    id: 'cancelled',
    flow: 'up-next',
    input: 'sure?',
    before: async (door, id) => void (await door.post(`/executions/${id}/cancel`, { reason: 'not needed' })),
    at: is('cancelled'),
    status: 'cancelled',
    state: {},
  },
  {
    id: 'done',
    flow: 'up-next',
    input: 'sure?',
    async before(door, id) {
      await door.reach(id, 'its wait', waiting(1));
      const [link] = await door.links(id);
      assert.ok(link);
      await door.answer(link, { yes: true });
    },
    at: is('completed'),
    state: { answer: { yes: true } },
  },
  {
    id: 'tasks',
    flow: 'up-tasks',
    input: {
      tasks: [
        { id: 'a', kind: 'quick' },
        { id: 'b', kind: 'slow', dependsOn: ['a'] },
        { id: 'c', kind: 'quick', dependsOn: ['b'] },
      ],
    },
    at: ({ state = {} }) => JSON.stringify(state.done) === '{"a":true,"b":true}',
    state: { done: { a: true, b: true, c: true } },
  },
];
