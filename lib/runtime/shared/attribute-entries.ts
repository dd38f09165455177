/** The entries by which an execution is found. */
import type { AttributeRow, Head } from '../../engine/head.ts';
import { type AttributeWrite, BY_SCHEDULE } from '../../engine/values/attributes.ts';
import type { AttributeValue } from '../../flow/options/attributes.ts';
import type { AttributeEntry, AttributeStore } from '../../ports/attribute-store.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';

/**
 * Carries out a row of the outbox of this revision; a repeat changes nothing. Another worker may have set the attribute
 * again since, or the execution is erased: then the entry of this row does not stay. Each write may arrive late, so this
 * ends only when the head, read after the write, agrees with it. A write that follows an older revision removes nothing
 * that a later one added: a worker that dies here leaves an entry too many, never one too few.
 */
export async function listByAttribute(
  { attributes, executions }: Pick<Ports, 'attributes' | 'executions'>,
  { head, rev }: Pick<ExecutionRecord, 'head' | 'rev'>,
  { name, value, was }: Pick<AttributeRow, 'name' | 'value' | 'was'>,
): Promise<void> {
  const entry = entriesOf(head);
  const entries = (values: readonly AttributeValue[]) => values.map((each) => entry({ name, value: each }));
  let added: readonly AttributeValue[] = [value];
  let removed: readonly AttributeValue[] = was;
  for (let at = rev; ; ) {
    await attributes.write(entries(added), entries(removed), at);
    if (name === BY_SCHEDULE) return;
    const loaded = await executions.load(head.id);
    const now = loaded?.head.inc === head.inc ? loaded : undefined;
    const newest = now?.head.attributes?.[name];
    if (newest === added[0]) return;
    [added, removed] = [newest === undefined ? [] : [newest], added];
    at = now?.rev ?? at + 1;
  }
}

/** Removes entries of an execution that is deleted. */
export function forgetAttributes(
  store: AttributeStore,
  head: Head,
  attributes: readonly AttributeWrite[],
): Promise<void> {
  return store.write([], attributes.map(entriesOf(head)));
}

function entriesOf({ id, flow, createdAt }: Head): (write: AttributeWrite) => AttributeEntry {
  return ({ name, value }) => ({ flow, name, value, id, createdAt });
}
