/** Attributes of an execution. Each change is a row of the outbox, which writes its entry of the index. */
import { defined } from '../../defined.ts';
import { FlowError } from '../../errors/errors.ts';
import { MOST_ATTRIBUTES } from '../../flow/ids.ts';
import { hashId } from '../../flow/json.ts';
import type { Attributes, AttributeValue } from '../../flow/options/attributes.ts';
import type { AttributeRow, Head } from '../head.ts';

/** By this name an execution is found that a schedule started. No attribute can have it. */
export const BY_SCHEDULE = '$schedule';

/** A name with its value, in the order in which they were set. */
export interface AttributeWrite {
  readonly name: string;
  readonly value: AttributeValue;
}

/** Sets attributes of a head. `idOf` makes the id of a row from the position of its write. */
export function setAttributes(
  head: Pick<Head, 'attributes' | 'outbox'>,
  writes: readonly AttributeWrite[],
  idOf: (position: number) => string,
): void {
  for (const [position, { name, value }] of writes.entries()) {
    const before = head.attributes?.[name];
    if (before === value) continue;
    head.attributes = { ...head.attributes, [name]: value };
    // Another row of this name may have been carried out already: what it added is removed by the new row.
    const { replaced, others } = takeRow(head, name);
    const was = [...new Set([...(replaced?.was ?? []), ...(before === undefined ? [] : [before])])];
    head.outbox = [
      ...others,
      { id: idOf(position), kind: 'attribute', name, value, was: was.filter((each) => each !== value) },
    ];
  }
}

/** @throws FlowError `invalid_value` if the writes make more attributes than an execution may have */
export function checkAttributeCount({ attributes = {} }: Pick<Head, 'attributes'>, writes: readonly AttributeWrite[]) {
  const names = new Set([...Object.keys(attributes), ...writes.map(({ name }) => name)]);
  if (names.size <= MOST_ATTRIBUTES) return;
  throw new FlowError(
    'invalid_value',
    `The execution would have ${names.size} attributes; the limit is ${MOST_ATTRIBUTES}. Set fewer, or change the ones that are there.`,
  );
}

/** The attributes of a new execution and the rows that list it by them. */
export function firstAttributes(
  attributes: Attributes | undefined,
  schedule?: string,
): Pick<Head, 'outbox'> & Partial<Head> {
  const head: Pick<Head, 'attributes' | 'outbox'> = { outbox: [] };
  const writes = Object.entries(attributes ?? {}).map(([name, value]) => ({ name, value }));
  setAttributes(head, writes, (position) => hashId('attribute', 'start', position));
  if (schedule !== undefined) {
    const id = hashId('attribute', 'schedule');
    head.outbox.push({ id, kind: 'attribute', name: BY_SCHEDULE, value: schedule, was: [] });
  }
  return { outbox: head.outbox, ...defined({ attributes: head.attributes }) };
}

/** The outbox of a copy under another id: it is listed by its attributes too. */
export function listAgain({ attributes, outbox }: Pick<Head, 'attributes' | 'outbox'>): Head['outbox'] {
  return [...outbox.filter(({ kind }) => kind !== 'attribute'), ...firstAttributes(attributes).outbox];
}

/** Every entry of the index that the execution may have. */
export function attributesEver({
  attributes = {},
  outbox,
  startedBy,
}: Pick<Head, 'attributes' | 'outbox' | 'startedBy'>): AttributeWrite[] {
  const rows = outbox.filter((row) => row.kind === 'attribute');
  const old = rows.flatMap(({ name, was }) => was.map((value) => ({ name, value })));
  const schedule = startedBy?.schedule;
  const byTime = schedule === undefined ? [] : [{ name: BY_SCHEDULE, value: schedule }];
  return [...Object.entries(attributes).map(([name, value]) => ({ name, value })), ...old, ...byTime];
}

function takeRow({ outbox }: Pick<Head, 'outbox'>, name: string) {
  const isOwn = (row: Head['outbox'][number]): row is AttributeRow => row.kind === 'attribute' && row.name === name;
  return { replaced: outbox.find(isOwn), others: outbox.filter((row) => !isOwn(row)) };
}
