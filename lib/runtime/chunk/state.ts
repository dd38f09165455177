/**
 * A chunk's view of the state: committed values with the attempt's own writes. Writes are committed with the outcome.
 */
import type { StateOperation } from '../../engine/events.ts';
import type { Head, ScopeId, Value } from '../../engine/head.ts';
import { applyOperation, readPath, replaces, splitPath, stateAt } from '../../engine/values/state-writes.ts';
import { knownBytes } from '../../engine/values/value-refs.ts';
import type { Env, State, StateReader } from '../../flow/authoring/context.ts';
import type { ValueAt, WriteOptions } from '../../flow/authoring/facilities.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import { listeners } from '../../flow/graph/graph.ts';
import { checkJson, type Json } from '../../flow/json.ts';
import { checkNumber, checkPath } from '../app/checks/checks.ts';
import { appendedItem, written } from '../app/contracts/state-contract.ts';
import { checkKey, type Operations } from './effects.ts';

export interface StateSource {
  readonly flow: AnyFlow;
  /** The sub-flow frame whose state is read; absent: the execution's state. */
  readonly home?: ScopeId;
  /** Returns the last committed head. */
  head(): Promise<Head>;
  read(value: Value): Promise<Json>;
}

/** Read-only view, for predicates. */
export function createStateReader(source: StateSource): StateReader<Env['state']> {
  return {
    async get<P extends string>(path: P) {
      const { key, steps } = checkPath(path);
      return readPath(await committed(source, key), steps) as ValueAt<Env['state'], P> | undefined;
    },
  };
}

async function committed(source: StateSource, key: string): Promise<Json | undefined> {
  const state = stateAt(await source.head(), source.home);
  const value = Object.hasOwn(state, key) ? state[key] : undefined;
  return value ? source.read(value) : undefined;
}

/** Size of a stored value, as far as the head knows it. */
async function knownSize(source: StateSource, path: string): Promise<number> {
  const state = stateAt(await source.head(), source.home);
  const value = Object.hasOwn(state, path) ? state[path] : undefined;
  return value ? knownBytes(value) : 0;
}

/** The chunk's view. A write that a chain listens to is an awaited emit. */
export function createChunkState(source: StateSource, operations: Operations): State<Env['state']> {
  const watched = source.flow.graph.onState ?? {};

  const current = async (key: string): Promise<Json | undefined> => {
    const value = await committed(source, key);
    const own = operations.writes.filter((write) => splitPath(write.path).key === key);
    return own.reduce<Json | undefined>(
      (at, write) => (replaces(write) ? applyOperation(at, write) : written(source.flow, write, at)),
      value,
    );
  };

  /** Returns the write to store. A write of a whole value stores the output of the schema. */
  const check = async (operation: StateOperation): Promise<StateOperation> => {
    // An item of a plain list is checked without reading the list.
    const item = appendedItem(source.flow, operation, await knownSize(source, operation.path));
    if (item !== undefined) return { ...operation, op: 'append', value: item };
    const whole = replaces(operation);
    const value = written(source.flow, operation, whole ? undefined : await current(splitPath(operation.path).key));
    return whole && value !== undefined ? { ...operation, op: 'set', value } : operation;
  };

  const write = (path: string, make: () => StateOperation, { emit, key }: WriteOptions = {}): Promise<void> => {
    if (emit === undefined && listeners(watched, splitPath(path).key).length > 0) {
      const watchedWrite = async () => {
        checkPath(path);
        return { state: await check(make()) };
      };
      return operations.insist(operations.emit(`state:${path}`, watchedWrite, key));
    }
    const flagged = () => {
      checkPath(path);
      checkKey(key, `state.${path}`);
      return emit === 'nowait' ? { ...make(), nowait: true as const } : make();
    };
    return operations.perform('state', path, flagged, async (operation) => {
      operations.writes.push(await check(operation));
    });
  };

  return {
    async get<P extends string>(path: P) {
      await operations.done;
      const { key, steps } = checkPath(path);
      return readPath(await current(key), steps) as ValueAt<Env['state'], P> | undefined;
    },
    set: (path: string, value: unknown, options?: WriteOptions) =>
      write(path, () => ({ op: 'set', path, value: checkJson(value, `state.${path}`) }), options),
    append: (path: string, item: Json, options?: WriteOptions) =>
      write(path, () => ({ op: 'append', path, value: checkJson(item, `state.${path}`) }), options),
    increment: (path: string, by = 1, options?: WriteOptions) =>
      write(path, () => ({ op: 'increment', path, by: checkNumber(by, path) }), options),
    delete: (path: string, options?: WriteOptions) => write(path, () => ({ op: 'delete', path }), options),
  };
}
