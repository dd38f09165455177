/** Values of a head: where they stand, what they refer to, and how to look into them. */
import type { Json } from '../flow/json.ts';
import type { Head, Value } from './head.ts';

export function inline(value: Json): Value {
  return { v: value };
}

/** Applies `change` to every value of the head, in place. */
export function mapValues(head: Head, change: (value: Value) => Value): void {
  const mapRow = (row: Record<string, Value>): void => {
    for (const [key, value] of Object.entries(row)) row[key] = change(value);
  };
  mapRow(head.state);
  for (const activation of head.activations) activation.input = change(activation.input);
  for (const frame of Object.values(head.frames)) mapRow(frame.slots);
  for (const join of head.joins) mapRow(join.slots);
  for (const signal of head.signals) signal.value = change(signal.value);
  for (const interrupt of head.interrupts) {
    interrupt.payload = change(interrupt.payload);
    if (interrupt.onExpiry) interrupt.onExpiry.value = change(interrupt.onExpiry.value);
  }
}

/** Every reference in a value. */
export function refsIn(value: Value): readonly string[] {
  if ('ref' in value) return [value.ref];
  return 'of' in value ? Object.values(value.of).flatMap(refsIn) : [];
}

/** Every stored value that the head refers to. */
export function refsOf(head: Head): Set<string> {
  const refs = new Set<string>();
  mapValues(head, (value) => {
    for (const ref of refsIn(value)) refs.add(ref);
    return value;
  });
  return refs;
}

/** The JSON of a value, or `undefined` (noting the missing reference) while a stored part of it is not at hand. */
export function readValue(value: Value, stored: ReadonlyMap<string, Json>, missing: Set<string>): Json | undefined {
  if ('v' in value) return value.v;
  if ('ref' in value) {
    const found = stored.get(value.ref);
    if (found === undefined) missing.add(value.ref);
    return found;
  }
  const entries = Object.entries(value.of).map(([key, part]) => [key, readValue(part, stored, missing)] as const);
  return entries.some(([, part]) => part === undefined) ? undefined : (Object.fromEntries(entries) as Json);
}
