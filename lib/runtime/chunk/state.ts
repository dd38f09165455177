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

  /** A write of a whole value is checked at once. It stores the output of the schema. */
  const checkWhole = (operation: StateOperation): StateOperation => {
    const value = replaces(operation) ? written(source.flow, operation, undefined) : undefined;
    return value === undefined ? operation : { ...operation, op: 'set', value };
  };

  /** Checks what a write makes of the value before it. @returns the write to store */
  const check = async (operation: StateOperation): Promise<StateOperation> => {
    if (replaces(operation)) return operation;
    // An item of a plain list is checked without reading the list.
    const bytes = operation.op === 'append' ? await knownSize(source, operation.path) : 0;
    const item = appendedItem(source.flow, operation, bytes);
    if (item !== undefined) return { ...operation, op: 'append', value: item };
    written(source.flow, operation, await current(splitPath(operation.path).key));
    return operation;
  };

  const write = (path: string, make: () => StateOperation, { emit, key }: WriteOptions = {}): Promise<void> => {
    const checked = () => {
      checkPath(path);
      return checkWhole(make());
    };
    if (emit === undefined && listeners(watched, splitPath(path).key).length > 0) {
      const accept = async (operation: StateOperation) => ({ state: await check(operation) });
      return operations.track(operations.emit(`state:${path}`, checked, accept, key));
    }
    const flagged = () => {
      checkKey(key, `state.${path}`);
      return emit === 'nowait' ? { ...checked(), nowait: true as const } : checked();
    };
    return operations.perform('state', path, flagged, async (operation) => {
      operations.writes.push(await check(operation));
    });
  };

  return {
    get: <P extends string>(path: P) =>
      operations.read(async () => {
        const { key, steps } = checkPath(path);
        return readPath(await current(key), steps) as ValueAt<Env['state'], P> | undefined;
      }),
    set: (path: string, value: unknown, options?: WriteOptions) =>
      write(path, () => ({ op: 'set', path, value: checkJson(value, `state.${path}`) }), options),
    append: (path: string, item: Json, options?: WriteOptions) =>
      write(path, () => ({ op: 'append', path, value: checkJson(item, `state.${path}`) }), options),
    increment: (path: string, by = 1, options?: WriteOptions) =>
      write(path, () => ({ op: 'increment', path, by: checkNumber(by, path) }), options),
    delete: (path: string, options?: WriteOptions) => write(path, () => ({ op: 'delete', path }), options),
  };
}
