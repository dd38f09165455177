/**
 * State writes: dotted paths into the JSON values of state keys. Commits and a chunk's view of its own writes share
 * this code.
 */
import { FlowError } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import type { StateOperation } from '../events.ts';
import type { Head, ScopeId, Value } from '../head.ts';
import type { Transition } from '../transition.ts';
import type { StateLists } from './state-lists.ts';
import { literal, readValue } from './value-refs.ts';

/** The state key of results that the deprecated `setResult` and `.end()` store. */
export const FINAL_RESULT = '$final_result';

/** Splits a path into its state key and the steps inside the key's value. */
export function splitPath(path: string): { readonly key: string; readonly steps: readonly string[] } {
  const [key = '', ...steps] = path.split('.');
  return { key, steps };
}

/** True when the write sets the whole value of its key. */
export function replaces({ op, path }: StateOperation): boolean {
  return op === 'set' && splitPath(path).steps.length === 0;
}

/**
 * Applies one operation to the value of a state key; `undefined` = absent.
 * @throws FlowError `invalid_value`: the path leads through a value that is no object, or the increment's target is no
 * number
 */
export function applyOperation(value: Json | undefined, operation: StateOperation): Json | undefined {
  return change(value, splitPath(operation.path).steps, operation);
}

/** The value at the steps inside a value; `undefined` = absent. */
export function readPath(value: Json | undefined, steps: readonly string[]): Json | undefined {
  return steps.reduce<Json | undefined>(
    (at, step) => (isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined),
    value,
  );
}

function change(value: Json | undefined, steps: readonly string[], operation: StateOperation): Json | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return changeLeaf(value, operation);
  if (value === undefined || value === null) {
    const member = change(undefined, rest, operation);
    return member === undefined ? value : { [step]: member };
  }
  if (!isObject(value)) throw refuse(operation, `cannot reach "${step}": the value around it is not an object`);
  const member = change(Object.hasOwn(value, step) ? value[step] : undefined, rest, operation);
  const { [step]: _, ...others } = value;
  return member === undefined ? others : { ...value, [step]: member };
}

function changeLeaf(value: Json | undefined, operation: StateOperation): Json | undefined {
  switch (operation.op) {
    case 'set':
      return operation.value;
    case 'delete':
      return undefined;
    case 'append':
      if (value === undefined) return [operation.value];
      return Array.isArray(value) ? [...value, operation.value] : [value, operation.value];
    case 'increment':
      if (value === undefined) return operation.by;
      if (typeof value !== 'number') throw refuse(operation, 'needs a number, but the value is not one');
      if (!Number.isFinite(value + operation.by)) throw refuse(operation, 'would exceed the range of numbers');
      return value + operation.by;
    default:
      return operation satisfies never;
  }
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(operation: StateOperation, problem: string): FlowError {
  return new FlowError('invalid_value', `state.${operation.op}("${operation.path}") ${problem}.`, {
    details: { path: operation.path },
  });
}

/**
 * Applies writes and parses the result by the contract. A value that replaces the whole key was parsed when the chunk
 * set it.
 */
export function applyWithContract({ head, lookups }: Transition, home: ScopeId | undefined): Apply {
  return (value, operation) =>
    lookups.written && !replaces(operation)
      ? lookups.written(head, home, operation, value)
      : applyOperation(value, operation);
}

/** The state at an origin: the execution's own, or the one of its sub-flow frame. */
export function stateAt(head: Head, home: ScopeId | undefined): Record<string, Value> {
  const frame = home === undefined ? undefined : head.frames[home];
  return frame?.kind === 'child' ? frame.state : head.state;
}

export type Apply = (value: Json | undefined, operation: StateOperation) => Json | undefined;

/**
 * Applies writes to a state in order. Stored values that are needed are noted as missing lookups.
 * @param apply applies one write to the value of its key; default `applyOperation`
 * @param lists appends to stored lists; absent: each append writes the whole list
 * @returns the operations that wrote: all except deletes of absent values
 * @throws FlowError `invalid_value`; the state is then half written, so pass a copy
 */
export function writeState(
  transition: Transition,
  state: Record<string, Value>,
  operations: readonly StateOperation[],
  apply: Apply = applyOperation,
  lists?: StateLists,
): ReadonlySet<StateOperation> {
  const wrote = new Set<StateOperation>();
  for (const operation of operations) {
    const { key, steps } = splitPath(operation.path);
    const current = Object.hasOwn(state, key) ? state[key] : undefined;
    const longer = current && lists?.append(current, operation);
    if (longer) {
      wrote.add(operation);
      state[key] = longer;
      continue;
    }
    const isWhole = steps.length === 0 && (operation.op === 'set' || operation.op === 'delete');
    const known =
      current && !isWhole ? readValue(current, transition.lookups.values, transition.missing.values) : undefined;
    if (current && !isWhole && known === undefined) continue;
    if (operation.op === 'delete' && (isWhole ? !current : readPath(known, steps) === undefined)) continue;
    wrote.add(operation);
    const next = apply(known, operation);
    if (next === undefined) delete state[key];
    else state[key] = literal(next);
  }
  return wrote;
}
