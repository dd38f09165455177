/** Values of a head: finds them, their references and their content. */
import type { Json } from '../../flow/json.ts';
import type { Frame, Head, Interrupt, PartedList, Value } from '../head.ts';
import { isParted, readParted, refsInParted } from './parted-lists.ts';

export function literal(value: Json): Value {
  return { v: value };
}

/** Applies `change` to every value of the head, in place. */
export function mapValues(head: Head, change: (value: Value) => Value): void {
  const mapRow = (row: Record<string, Value>): void => {
    for (const key in row) {
      const value = row[key];
      if (value) row[key] = change(value);
    }
  };
  mapRow(head.state);
  if (head.input) head.input = change(head.input);
  for (const activation of head.activations) {
    activation.input = change(activation.input);
    if (activation.page) activation.page.from = change(activation.page.from);
    if (activation.resume) {
      activation.resume.value = change(activation.resume.value);
      mapRow(activation.resume.decided ?? {});
    }
    if (activation.expired) mapInterrupt(activation.expired, change, mapRow);
  }
  for (const scope in head.frames) {
    const frame = head.frames[scope];
    if (frame) mapFrame(frame, change, mapRow);
  }
  for (const join of head.joins) mapRow(join.slots);
  for (const signal of head.signals) signal.value = change(signal.value);
  for (const row of head.outbox) {
    if (row.kind === 'flowData') row.operation = change(row.operation);
    if (row.kind === 'stream') row.payload = change(row.payload);
  }
  for (const row of head.interventions ?? []) row.payload = change(row.payload);
  for (const interrupt of head.interrupts) mapInterrupt(interrupt, change, mapRow);
}

function mapInterrupt(
  interrupt: Interrupt,
  change: (value: Value) => Value,
  mapRow: (row: Record<string, Value>) => void,
): void {
  interrupt.payload = change(interrupt.payload);
  const { onExpiry, resumeTo } = interrupt;
  if (interrupt.input) interrupt.input = change(interrupt.input);
  if (interrupt.page) interrupt.page.from = change(interrupt.page.from);
  if (onExpiry && 'value' in onExpiry) onExpiry.value = change(onExpiry.value);
  if (onExpiry && 'event' in onExpiry && onExpiry.emits) onExpiry.emits = change(onExpiry.emits);
  if (resumeTo && 'self' in resumeTo) {
    resumeTo.self.input = change(resumeTo.self.input);
    mapRow(resumeTo.self.decided ?? {});
    const answer = resumeTo.self.asker?.answer;
    if (answer) answer.value = change(answer.value);
  }
}

function mapFrame(frame: Frame, change: (value: Value) => Value, mapRow: (row: Record<string, Value>) => void): void {
  switch (frame.kind) {
    case 'branches':
      mapRow(frame.slots);
      frame.input = change(frame.input);
      return;
    case 'list':
      mapRow(frame.slots);
      if (frame.results) frame.results = change(frame.results) as PartedList;
      frame.items = change(frame.items);
      for (const page of frame.pages ?? []) page.items = change(page.items);
      if (frame.source) {
        frame.source.input = change(frame.source.input);
        frame.source.next = change(frame.source.next);
      }
      return;
    case 'item':
      return;
    case 'child':
      mapRow(frame.state);
      if (frame.shared) mapRow(frame.shared);
      frame.value = change(frame.value);
      return;
    default:
      frame satisfies never;
  }
}

/** All references in a value. */
export function refsIn(value: Value): readonly string[] {
  if ('ref' in value) return [value.ref];
  if (isParted(value)) return refsInParted(value, refsIn);
  return partsOf(value).flatMap(refsIn);
}

/** The parts of an object or list of values. */
export function partsOf(value: Value): readonly Value[] {
  if ('of' in value) return Object.values(value.of);
  return 'list' in value ? value.list : [];
}

/** References of all stored values that the head uses. */
export function refsOf(head: Head): Set<string> {
  const refs = new Set<string>();
  mapValues(head, (value) => {
    // Most values are in the head itself.
    if (!('v' in value)) for (const ref of refsIn(value)) refs.add(ref);
    return value;
  });
  return refs;
}

/** The JSON of a value. While a stored part is missing: `undefined`, and its reference is added to `missing`. */
export function readValue(value: Value, stored: ReadonlyMap<string, Json>, missing: Set<string>): Json | undefined {
  if ('v' in value) return value.v;
  if ('ref' in value) {
    const found = stored.get(value.ref);
    if (found === undefined) missing.add(value.ref);
    return value.at === undefined || found === undefined ? found : (found as readonly Json[])[value.at];
  }
  if (isParted(value)) return readParted(value, stored, missing, readValue);
  const parts = partsOf(value).map((part) => readValue(part, stored, missing));
  if (parts.some((part) => part === undefined)) return undefined;
  if ('list' in value) return parts as Json[];
  const keys = Object.keys(value.of);
  return Object.fromEntries(keys.map((key, i) => [key, parts[i] as Json]));
}

/** Bytes of JSON that the value has at least, as far as is known without reading it. */
export function knownBytes(value: Value): number {
  if ('v' in value) return 0;
  if ('ref' in value) return value.at === undefined ? (value.bytes ?? 0) : 0;
  if (isParted(value)) return value.bytes ?? 0;
  return partsOf(value).reduce((sum, part) => sum + knownBytes(part), 0);
}

/** References of stored indexes of lists: what they name is dropped with them. */
export function indexesOf(head: Head): ReadonlySet<string> {
  const refs = new Set<string>();
  mapValues(head, (value) => {
    for (const ref of indexesIn(value)) refs.add(ref);
    return value;
  });
  return refs;
}

function indexesIn(value: Value): readonly string[] {
  return isParted(value) ? (value.index ?? []) : partsOf(value).flatMap(indexesIn);
}
