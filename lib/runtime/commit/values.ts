import type { Head, Value } from '../../engine/head.ts';
import { readValue } from '../../engine/values/value-refs.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import type { ValueStore } from '../../ports/value-store.ts';

/**
 * Returns the JSON of a value in a head, and loads the parts stored outside the head.
 * @throws FlowError `lease_lost` when a part is gone: the head is outdated
 */
export async function loadValue(store: ValueStore, head: Pick<Head, 'id' | 'inc'>, value: Value): Promise<Json> {
  const missing = new Set<string>();
  const direct = readValue(value, new Map(), missing);
  if (direct !== undefined) return direct;
  const stored = await store.get({ executionId: head.id, inc: head.inc }, [...missing]);
  const loaded = readValue(value, stored, new Set());
  if (loaded !== undefined) return loaded;
  throw new FlowError(
    'lease_lost',
    `Execution ${head.id}: a stored value was deleted, so the head that was read is outdated. Load the execution again.`,
  );
}
