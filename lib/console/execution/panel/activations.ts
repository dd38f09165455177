/** The activations of one box with their attempts, from the history. */
import { boxOf, type Item, type Problem } from '../../api/history.ts';
import type { Json } from '../../api/wire.ts';

export interface Attempt {
  readonly number: number;
  readonly state: 'running' | 'done' | 'failed' | 'waiting' | 'sleeping' | 'cancelled';
  readonly startedAt?: string;
  readonly ms?: number;
  /** Milliseconds in the queue before. */
  readonly queued?: number;
  readonly error?: Problem;
  readonly until?: string;
  /** Who answered. */
  readonly who?: string;
}

export interface Activation {
  readonly id: string;
  /** Positions of the list items around it. */
  readonly items?: string;
  readonly input?: Json;
  readonly output?: Json;
  readonly attempts: readonly Attempt[];
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export function activationsOf(box: string, items: readonly Item[]): readonly Activation[] {
  const found = new Map<string, Writable<Omit<Activation, 'attempts'>> & { attempts: Writable<Attempt>[] }>();
  for (const item of items) {
    const { node, activationId: id, attempt: number } = item;
    if (node === undefined || id === undefined || boxOf({ ...item, node }) !== box) continue;
    const activation = found.get(id) ?? { id, attempts: [] };
    found.set(id, activation);
    if (item.items !== undefined) activation.items = item.items;
    if (item.input !== undefined) activation.input = item.input;
    if (item.type === 'attempt_succeeded' && item.output !== undefined) activation.output = item.output;
    if (item.type === 'answered' && item.value !== undefined) activation.output = item.value;
    const last = activation.attempts.at(-1);
    const current =
      activation.attempts.find((each) => each.number === number) ?? (number === undefined ? last : undefined);
    if (current) change(current, item);
    else if (number !== undefined) {
      const made: Writable<Attempt> = { number, state: 'running', startedAt: item.at };
      if (item.dueAt !== undefined) made.queued = Date.parse(item.at) - Date.parse(item.dueAt);
      activation.attempts.push(made);
      change(made, item);
    }
  }
  return [...found.values()];
}

const STATES: Readonly<Record<string, Attempt['state']>> = {
  attempt_succeeded: 'done',
  attempt_failed: 'failed',
  attempt_vanished: 'failed',
  attempt_aborted: 'cancelled',
  sleeping: 'sleeping',
  waiting: 'waiting',
  answered: 'done',
  expired: 'failed',
  withdrawn: 'cancelled',
};

function change(attempt: Writable<Attempt>, item: Item): void {
  const state = STATES[item.type];
  if (!state) return;
  attempt.state = state;
  if (item.ms !== undefined) attempt.ms = item.ms;
  if (item.error) attempt.error = item.error;
  if (item.type === 'attempt_vanished') attempt.error ??= { name: 'vanished', message: 'The worker vanished.' };
  if (item.type === 'expired') attempt.error = { name: 'expired', message: 'Nobody answered in time.' };
  if (item.until !== undefined) attempt.until = item.until;
  const who = item.actor ?? item.claimed;
  if (item.type === 'answered' && who !== undefined) attempt.who = who;
}
