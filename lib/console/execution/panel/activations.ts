/** The activations of one box with their attempts, from the history. */
import { boxOf, type Item, type Problem } from '../../api/history.ts';
import type { Json } from '../../api/wire.ts';
import { createFold } from '../../live/fold.ts';

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
  /** A copy can begin here. */
  readonly rerun?: boolean;
  /** Where all of its input is, if what is here is shortened. */
  readonly inputPath?: string;
  readonly attempts: readonly Attempt[];
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

type Building = Writable<Omit<Activation, 'attempts'>> & { attempts: Writable<Attempt>[] };

/** Reads the activations of one box; each call walks only the records that are new at the end. */
export function createActivations(box: string): (items: readonly Item[]) => readonly Activation[] {
  const fold = createFold<Item, Map<string, Building>>(
    () => new Map(),
    (found, item) => {
      const { node, path, activationId: id } = item;
      if (node === undefined || id === undefined) return;
      if (boxOf({ node, ...(path === undefined ? {} : { path }) }) !== box) return;
      const activation = found.get(id) ?? { id, attempts: [] };
      found.set(id, activation);
      take(activation, item);
    },
  );
  return (items) => [...fold(items).values()];
}

function take(activation: Building, item: Item): void {
  const { attempt: number } = item;
  if (item.items !== undefined) activation.items = item.items;
  if (item.input !== undefined) activation.input = item.input;
  if (item.inputRef) activation.inputPath = item.inputRef.path;
  if (item.rerun) activation.rerun = true;
  if (item.type === 'attempt_succeeded' && item.output !== undefined) activation.output = item.output;
  if (item.type === 'answered' && item.value !== undefined) activation.output = item.value;
  const last = activation.attempts.at(-1);
  const current =
    activation.attempts.find((each) => each.number === number) ?? (number === undefined ? last : undefined);
  if (current) return change(current, item);
  if (number === undefined) return;
  const made: Writable<Attempt> = { number, state: 'running', startedAt: item.at };
  if (item.dueAt !== undefined) made.queued = Date.parse(item.at) - Date.parse(item.dueAt);
  activation.attempts.push(made);
  change(made, item);
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
