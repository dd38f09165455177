import type { Head, ListPart, Value } from '../../engine/head.ts';
import { mapValues, readValue, refsOf } from '../../engine/values/value-refs.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import type { ValueStore } from '../../ports/value-store.ts';

/**
 * Returns the JSON of a value in a head, and loads the parts stored outside the head.
 * @throws FlowError `lease_lost` when a part is gone: the head is outdated
 */
export async function loadValue(store: ValueStore, head: Pick<Head, 'id' | 'inc'>, value: Value): Promise<Json> {
  const owner = { executionId: head.id, inc: head.inc };
  const stored = new Map<string, Json>();
  for (;;) {
    const missing = new Set<string>();
    const loaded = readValue(value, stored, missing);
    if (loaded !== undefined) return loaded;
    // A stored index of a list names further parts.
    for (const [ref, found] of await store.get(owner, [...missing])) stored.set(ref, found);
    if (missing.size === 0 || [...missing].some((ref) => !stored.has(ref))) break;
  }
  throw outdated(head.id);
}

export function outdated(executionId: string): FlowError {
  return new FlowError(
    'lease_lost',
    `Execution ${executionId}: a stored value was deleted, so the head that was read is outdated. Load the execution again.`,
  );
}

/**
 * The values that a head refers to, with those that stored values name in turn: a part of a list may hold lists with parts and
 * indexes of their own. `undefined`: one of them is gone.
 */
export async function loadAll(store: ValueStore, head: Head): Promise<Record<string, Json> | undefined> {
  const owner = { executionId: head.id, inc: head.inc };
  const copy = structuredClone(head);
  const values: Value[] = [];
  mapValues(copy, (value) => {
    if (!('v' in value)) values.push(value);
    return value;
  });
  const stored = new Map<string, Json>();
  let missing = refsOf(copy);
  while (missing.size > 0) {
    for (const [ref, found] of await store.get(owner, [...missing])) stored.set(ref, found);
    if ([...missing].some((ref) => !stored.has(ref))) return undefined;
    missing = new Set();
    for (const value of values) readValue(value, stored, missing);
  }
  return Object.fromEntries(stored);
}

/** References of the parts that stored indexes of lists name. */
export function partsNamedIn(indexes: readonly (Json | undefined)[]): readonly string[] {
  return indexes.flatMap((index) => ((index ?? []) as unknown as readonly ListPart[]).map(({ ref }) => ref));
}
