/** The entries by which an execution is found. */
import type { AttributeRow, Head } from '../../engine/head.ts';
import type { AttributeWrite } from '../../engine/values/attributes.ts';
import type { AttributeEntry, AttributeStore } from '../../ports/attribute-store.ts';

/** Carries out a row of the outbox; a repeat changes nothing. */
export function listByAttribute(
  store: AttributeStore,
  head: Head,
  { name, value, was }: Pick<AttributeRow, 'name' | 'value' | 'was'>,
): Promise<void> {
  const entry = entriesOf(head);
  return store.write(
    [entry({ name, value })],
    was.map((old) => entry({ name, value: old })),
  );
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
