import type { Head, ListPart, Value } from '../../engine/head.ts';
import { indexesOf, readValue, refsOf } from '../../engine/values/value-refs.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import type { Owner, ValueStore } from '../../ports/value-store.ts';

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

/** The values that a head refers to, with those that stored indexes of lists name. `undefined`: one of them is gone. */
export async function loadAll(store: ValueStore, head: Head): Promise<Record<string, Json> | undefined> {
  const owner = { executionId: head.id, inc: head.inc };
  const copy = structuredClone(head);
  const found = await getAll(store, owner, [...refsOf(copy)]);
  const inside = found && partsNamedIn([...indexesOf(copy)].map((ref) => found[ref]));
  const parts = inside && (await getAll(store, owner, inside));
  return parts && { ...found, ...parts };
}

async function getAll(store: ValueStore, owner: Owner, refs: readonly string[]) {
  const found = refs.length === 0 ? new Map<string, Json>() : await store.get(owner, refs);
  return refs.every((ref) => found.has(ref)) ? Object.fromEntries(found) : undefined;
}

/** References of the parts that stored indexes of lists name. */
export function partsNamedIn(indexes: readonly (Json | undefined)[]): readonly string[] {
  return indexes.flatMap((index) => ((index ?? []) as unknown as readonly ListPart[]).map(({ ref }) => ref));
}
