/** Bindings: the paths that a sub-flow captures and writes back. */
import type { Bindings } from '../../flow/graph/graph.ts';
import type { Json } from '../../flow/json.ts';
import type { Value } from '../head.ts';
import type { Transition } from '../transition.ts';
import { readPath } from './state-writes.ts';
import { literal, readValue } from './value-refs.ts';

/** Values by the first step of a path. */
export type Sources = Readonly<Record<string, Value>>;

/** The paths of a binding. */
export function pathsOf(binding: Bindings): readonly string[] {
  return typeof binding === 'string' ? [binding] : Object.values(binding).flatMap(pathsOf);
}

/** The value at a binding; `undefined`: there is none. Stored values that are needed are noted as missing lookups. */
export function bind(transition: Transition, binding: Bindings, sources: Sources): Value | undefined {
  if (typeof binding !== 'string') {
    const parts = Object.entries(binding).map(([key, from]) => [key, bind(transition, from, sources)] as const);
    if (parts.some(([, part]) => part === undefined)) return undefined;
    return { of: Object.fromEntries(parts) as Record<string, Value> };
  }
  if (!binding.includes('.')) return sources[binding];
  const [root = '', ...steps] = binding.split('.');
  return at(transition, sources[root], steps);
}

function at(transition: Transition, value: Value | undefined, steps: readonly string[]): Value | undefined {
  const [step, ...rest] = steps;
  if (value === undefined || step === undefined) return value;
  if ('of' in value) return Object.hasOwn(value.of, step) ? at(transition, value.of[step], rest) : undefined;
  const known = readValue(value, transition.lookups.values, transition.missing.values);
  const found = readPath(known, steps);
  return found === undefined ? undefined : literal(found);
}

/** The output after a write-back: a path replaces the value, an object patches it. */
export function writtenBack(
  transition: Transition,
  binding: Bindings | undefined,
  value: Value,
  sources: Sources,
): Value | undefined {
  if (binding === undefined) return sources.result;
  if (typeof binding === 'string') return bind(transition, binding, sources);
  const patch = bind(transition, binding, sources);
  const base = readValue(value, transition.lookups.values, transition.missing.values);
  if (patch === undefined || !('of' in patch)) return undefined;
  const isObject = typeof base === 'object' && base !== null && !Array.isArray(base);
  const members = isObject ? Object.entries(base as { readonly [key: string]: Json }) : [];
  return { of: { ...Object.fromEntries(members.map(([key, member]) => [key, literal(member)])), ...patch.of } };
}
