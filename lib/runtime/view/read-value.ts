/** Reads one value of an execution part by part: for values that are too large for a view. */
import type { Head, Value } from '../../engine/head.ts';
import type { Cut } from '../../engine/history/records.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import type { Ports } from '../../ports/ports.ts';
import type { ValueStore } from '../../ports/value-store.ts';
import { loadReadable } from '../app/definitions.ts';
import type { Client } from '../client/types.ts';
import { loadValue } from '../commit/values.ts';
import { ownerOf } from '../history/blocks.ts';
import { type Reading, recordAt } from '../history/records-after.ts';
import { VALUE_FIELDS } from '../history/values.ts';

/** A value of a record: `history.<seq>.<name>`. */
const RECORDED = new RegExp(`^history\\.(\\d{1,14})\\.(${VALUE_FIELDS.join('|')})$`);
/** Characters of one part: at most 3 MB in a JSON response. */
const MOST = 1_000_000;

export function createValueReader(ports: Pick<Ports, 'executions' | 'values'>, reading: Reading): Client['readValue'] {
  const { values } = ports;
  return async (executionId, path, { from = 0, most = MOST } = {}) => {
    const record = await loadReadable(ports, executionId);
    if (!record) return undefined;
    const { head } = record;
    const recorded = RECORDED.exec(path);
    const whole = recorded
      ? await recordedAt(reading, values, head, recorded)
      : await loadIf(values, head, valueAt(head, path));
    if (whole === undefined) {
      throw new FlowError(
        'invalid_request',
        `Execution ${executionId} has no value "${path}". Use input, state.<key>, interventions.<index> or history.<seq>.<name>.`,
        { details: { path } },
      );
    }
    const text = JSON.stringify(whole);
    const end = wholeCharacter(text, from + most);
    return { text: text.slice(from, end), length: text.length, ...(end < text.length ? { next: end } : {}) };
  };
}

async function loadIf(store: ValueStore, head: Head, value: Value | undefined): Promise<Json | undefined> {
  return value && loadValue(store, head, value);
}

/** A value of a record of the history. `undefined`: the record has none, or it was deleted. */
async function recordedAt(
  reading: Reading,
  store: ValueStore,
  head: Head,
  [, seq, name]: readonly string[],
): Promise<Json | undefined> {
  const record = await recordAt(reading, head, Number(seq));
  const value = record?.[name as (typeof VALUE_FIELDS)[number]];
  if (!value) return undefined;
  try {
    return await loadKept(store, head, value);
  } catch (error) {
    // A record of a version that did not keep the value.
    if (FlowError.is(error) && error.code === 'lease_lost') return undefined;
    throw error;
  }
}

async function loadKept(store: ValueStore, head: Head, value: Value | Cut): Promise<Json | undefined> {
  if (!('cut' in value)) return loadValue(store, head, value);
  const { ref, isValue } = value;
  if (ref === undefined) return undefined;
  const stored = (await store.get(ownerOf(head), [ref])).get(ref);
  return isValue ? loadIf(store, head, stored as unknown as Value | undefined) : stored;
}

function valueAt(head: Head, path: string): Value | undefined {
  const [part, ...rest] = path.split('.');
  const key = rest.join('.');
  switch (part) {
    case 'input':
      return key === '' ? head.input : undefined;
    case 'state':
      return Object.hasOwn(head.state, key) ? head.state[key] : undefined;
    case 'interventions':
      return head.interventions?.[Number(key)]?.payload;
    default:
      return undefined;
  }
}

/** The end of a part: never between the two halves of a character. */
export function wholeCharacter(text: string, end: number): number {
  const code = text.charCodeAt(end - 1);
  return end < text.length && code >= 0xd800 && code <= 0xdbff ? end - 1 : end;
}
