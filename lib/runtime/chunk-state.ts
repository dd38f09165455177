/** A chunk's view of the state: its own writes, then what is committed. Writes are kept for the settle. */
import type { StateOperation } from '../engine/events.ts';
import type { Head, Value } from '../engine/head.ts';
import { applyOperation, readPath, splitPath } from '../engine/state.ts';
import { FlowError } from '../errors.ts';
import type { Env, State, StateReader } from '../flow/context.ts';
import type { AnyFlow } from '../flow/flow.ts';
import { checkJson, type Json } from '../flow/json.ts';
import { conform, stateSchema } from './contract.ts';

export interface StateSource {
  readonly flow: AnyFlow;
  /** The last committed head. */
  head(): Promise<Head>;
  read(value: Value): Promise<Json>;
}

const FORBIDDEN = new Set(['', '__proto__', 'constructor', 'prototype']);

export interface ChunkState {
  readonly state: State<Env['state']>;
  /** The accepted writes, in the order of the calls. */
  readonly writes: readonly StateOperation[];
}

/** How an attempt takes work that goes on behind a call. */
export interface WriteRules {
  /** Given every write's promise: a refused one fails the attempt, awaited or not. */
  track(work: Promise<void>): Promise<void>;
  /** Throws once the attempt has ended: its writes are being committed. */
  open(): void;
}

/** Reads only: what predicates get. */
export function createStateReader(source: StateSource): StateReader<Env['state']> {
  return {
    async get(path: string) {
      const { key, steps } = checkPath(path);
      return readPath(await committed(source, key), steps);
    },
  };
}

async function committed(source: StateSource, key: string): Promise<Json | undefined> {
  const { state } = await source.head();
  const value = Object.hasOwn(state, key) ? state[key] : undefined;
  return value ? source.read(value) : undefined;
}

export function createChunkState(source: StateSource, { track, open }: WriteRules): ChunkState {
  const writes: StateOperation[] = [];
  let last: Promise<void> = Promise.resolve();

  const current = async (key: string): Promise<Json | undefined> => {
    const value = await committed(source, key);
    const own = writes.filter((write) => splitPath(write.path).key === key);
    return own.reduce<Json | undefined>(applyOperation, value);
  };

  const write = async (operation: StateOperation): Promise<void> => {
    const { key, steps } = checkPath(operation.path);
    const schema = stateSchema(source.flow, key);
    const replaces = steps.length === 0 && operation.op === 'set';
    const next = replaces ? operation.value : applyOperation(await current(key), operation);
    if (next !== undefined) conform(schema, next, `state.${key}`);
    open();
    writes.push(operation);
  };

  const inOrder = (make: () => StateOperation): Promise<void> => {
    const asked = new Promise<StateOperation>((resolve) => {
      open();
      resolve(make());
    });
    const done = Promise.all([asked, last]).then(([operation]) => write(operation));
    last = done.catch(() => undefined);
    return track(done);
  };

  const state: State<Env['state']> = {
    async get(path: string) {
      await last;
      const { key, steps } = checkPath(path);
      return readPath(await current(key), steps);
    },
    set: (path: string, value: unknown) =>
      inOrder(() => ({ op: 'set', path, value: checkJson(value, `state.${path}`) })),
    append: (path: string, item: Json) =>
      inOrder(() => ({ op: 'append', path, value: checkJson(item, `state.${path}`) })),
    increment: (path: string, by = 1) => inOrder(() => ({ op: 'increment', path, by: checkNumber(by, path) })),
    delete: (path: string) => inOrder(() => ({ op: 'delete', path })),
  };
  return { state, writes };
}

function checkNumber(by: unknown, path: string): number {
  if (typeof by === 'number' && Number.isFinite(by)) return by;
  throw new FlowError('invalid_value', `state.increment("${path}") needs a finite number.`, { details: { path } });
}

function checkPath(path: string): { readonly key: string; readonly steps: readonly string[] } {
  const parts = splitPath(path);
  if ([parts.key, ...parts.steps].some((part) => FORBIDDEN.has(part))) {
    throw new FlowError('invalid_value', `state path "${path}" has an empty or forbidden part.`, { details: { path } });
  }
  return parts;
}
