/**
 * Schema of a snapshot. A document may come from anywhere, so every number is bounded: lists sort and show times as
 * dates, and counts must not overflow. Unknown members of later versions are accepted.
 */
import { z } from 'zod';
import type { Activation, Head, Interrupt } from '../../engine/head.ts';
import { countOf } from '../../engine/values/runs.ts';
import { requirementMembers } from '../../flow/authoring/requirements.ts';
import { ID } from '../../flow/ids.ts';
import { attributes } from '../../flow/options/attributes.ts';
import { LATEST, storedOptions } from '../../flow/options/execution.ts';
import type { Snapshot } from './document.ts';

export const SNAPSHOT_FORMAT = 1;

const DEFINITION = 'is missing; it must name the definition of the execution';
/** Largest count; further increments do not overflow. */
const MOST = 2 ** 50;
/** Most items of one list. */
const MOST_ITEMS = 1_000_000;

/** Requires a schema for every member of `T`, so that a new member gets its bounds here. */
const members =
  <T>() =>
  <const Shape extends { readonly [Key in keyof Required<T>]: z.ZodType }>(shape: Shape) =>
    z.looseObject(shape);

const time = z.number().min(0).max(LATEST);
const count = z.int().min(0).max(MOST);
const text = z.string().min(1).max(1_000);
/** A graph position, a key, or a name chosen by a chunk. */
const place = z.string().min(1);
const longText = z.string();
const flag = z.literal(true).optional();
const record = z.record(z.string(), z.unknown());
const values = z.record(z.string(), record);
/** Reference under which the store holds a value. */
const ref = z.string().regex(ID);

/** A set of indexes. */
const runs = z
  .string()
  .regex(/^\d{1,7}(-\d{1,7})?(,\d{1,7}(-\d{1,7})?)*$/)
  .refine((text) => countOf(text) <= MOST_ITEMS, `more than ${MOST_ITEMS} indexes`);

/** A list in parts: its indexes are bounded, because a reader makes room for all items. */
export const PARTED_LIST = z.looseObject({
  size: count.max(MOST_ITEMS),
  parts: z.array(
    z.looseObject({
      ref,
      at: runs,
      holds: z.array(ref).optional(),
    }),
  ),
  index: z.array(ref).optional(),
  rest: values.optional(),
  only: runs.optional(),
});

const path = {
  scope: z.string(),
  home: z.string().optional(),
  items: z.string().optional(),
  side: flag,
  cascade: z.string().optional(),
  handlers: z.array(z.string()).optional(),
};
const failure = z.looseObject({
  name: longText,
  message: longText,
  chunk: longText,
  attempt: count,
  code: longText.optional(),
  causes: z.array(longText).optional(),
});
const resumed = { count, decided: values.optional(), approval: longText.optional() };
const page = z.looseObject({ list: z.string(), n: count, from: record });
const interrupt = members<Interrupt>()({
  ...path,
  id: text,
  activation: text,
  node: place,
  type: longText,
  payload: record,
  createdAt: time,
  expiresAt: time.optional(),
  generation: count.optional(),
  instead: place.optional(),
  page: page.optional(),
  channel: longText.optional(),
  input: record.optional(),
  endedBy: count.optional(),
  untold: flag,
  requireActor: flag,
  revoked: z.array(text).optional(),
  trace: text.optional(),
  resumeTo: z
    .union([z.looseObject({ self: z.looseObject({ ...resumed, input: record }) }), z.looseObject({ event: place })])
    .optional(),
  onExpiry: z.union([z.looseObject({ value: record }), z.looseObject({ event: place })]).optional(),
});
const activation = members<Activation>()({
  ...path,
  id: text,
  node: place,
  input: record,
  attempt: count,
  fence: count.optional(),
  dueAt: time.optional(),
  since: time.optional(),
  error: z.looseObject({ name: longText, message: longText, code: longText.optional() }).optional(),
  sleeps: flag,
  instead: place.optional(),
  suspect: flag,
  parked: flag,
  failed: flag,
  tolerated: flag,
  asks: z.string().optional(),
  page: page.optional(),
  expired: interrupt.optional(),
  ops: z.looseObject({ n: count, h: z.string() }).optional(),
  awaiting: z.array(z.string()).optional(),
  asked: count.optional(),
  redriven: count.optional(),
  resume: z.looseObject({ ...resumed, value: record }).optional(),
  answer: z.looseObject({ interrupt: text, requestId: text, at: time }).optional(),
});
const frameRow = { node: place, parent: z.looseObject(path) };
const frame = z.union([
  z.looseObject({
    ...frameRow,
    kind: z.literal('branches'),
    names: z.array(z.string()),
    next: count,
    input: record,
    slots: values,
    idle: z.array(z.string()).optional(),
    failed: z.array(z.string()).optional(),
    asked: count.optional(),
    over: flag,
  }),
  z.looseObject({
    ...frameRow,
    kind: z.literal('list'),
    items: record,
    count: count.max(MOST_ITEMS),
    next: count.max(MOST_ITEMS),
    slots: values,
    failures: count.optional(),
    errors: count.optional(),
    length: count.optional(),
    pages: z.array(z.looseObject({ at: count, items: record, length: count })).optional(),
    source: z.looseObject({ chunk: place, id: text, input: record, n: count, next: record }).optional(),
    asked: count.optional(),
    over: flag,
    results: record.optional(),
    early: flag,
    done: z.string().optional(),
  }),
  z.looseObject({
    ...frameRow,
    kind: z.literal('item'),
    index: count.max(MOST_ITEMS),
    idle: flag,
    over: z.enum(['done', 'failed']).optional(),
  }),
  z.looseObject({
    ...frameRow,
    concurrency: count.min(1).optional(),
    kind: z.literal('child'),
    value: record,
    state: values,
    shared: values.optional(),
  }),
]);
const ledger = z.array(
  z.looseObject({
    kind: text,
    id: text,
    at: time,
    version: count.optional(),
    requestId: text.optional(),
    valueHash: z.string().optional(),
  }),
);
const requirements = z.array(z.looseObject(requirementMembers));
const intervention = z.looseObject({
  version: count,
  status: z.enum(['pending', 'inserted', 'expired', 'rejected']),
  payload: record,
  at: time,
  consumers: z.record(z.string(), z.looseObject({ at: time })).optional(),
});
const head = members<Head>()({
  format: z.literal([1, 2]),
  id: text,
  inc: text,
  flow: text,
  fingerprint: text,
  definition: z.unknown().optional(),
  space: longText.optional(),
  inputHash: z.string(),
  input: record.optional(),
  history: z.looseObject({ n: count, at: time, stubs: z.string().optional(), w: count.optional() }).optional(),
  options: storedOptions,
  attributes: attributes.optional(),
  lifecycle: z.enum(['open', 'sealed', 'closed']),
  unstarted: flag,
  cancels: flag,
  forkedFrom: text.optional(),
  rerunFrom: z.looseObject({ activation: text, inputHash: z.string().optional() }).optional(),
  reruns: z.array(z.looseObject({ id: text, activation: text, at: time })).optional(),
  closing: z.enum(['completed', 'cancelled']).optional(),
  cancelReason: longText.optional(),
  cancelledBy: z.looseObject({ actor: longText.optional() }).optional(),
  paused: z.looseObject({ at: time, actor: longText.optional() }).optional(),
  createdAt: z.int().min(0).max(LATEST),
  closedAt: time.optional(),
  startedBy: z.looseObject({ schedule: text.optional(), actor: longText.optional() }).optional(),
  keptUntil: time.optional(),
  gone: z.never().optional(),
  idleSince: time.optional(),
  armed: time.optional(),
  trace: text.optional(),
  hops: count.optional(),
  fence: count,
  failure: failure.optional(),
  sideFailure: failure.optional(),
  tolerated: z.array(z.looseObject({ name: longText, chunk: longText, at: time })).optional(),
  redrives: z.array(z.looseObject({ id: text, at: time })).optional(),
  leases: z.array(z.looseObject({ session: text, fence: count, until: time })),
  activations: z.array(activation),
  frames: z.record(z.string(), frame),
  expiredUntil: time.optional(),
  endings: z.array(z.looseObject({ id: count, name: longText, at: time, valueHash: z.string() })).optional(),
  overfull: flag,
  around: z.record(z.string(), z.string()).optional(),
  correlations: z.array(z.string()).optional(),
  correlatedBy: text.optional(),
  joins: z.array(
    z.looseObject({
      kind: z.enum(['and', 'collect']),
      node: place,
      scope: z.string(),
      slots: values,
      ids: record,
      filled: record.optional(),
    }),
  ),
  cascades: z.record(
    z.string(),
    z.looseObject({ owner: z.string(), failure: failure.optional(), failedAt: count.optional() }),
  ),
  signals: z.array(z.looseObject({ ...path, id: text, name: longText, value: record })),
  interrupts: z.array(interrupt),
  waitPages: z.never().optional(),
  interventions: z.array(intervention).optional(),
  state: values,
  ledger,
  spilled: count,
  outbox: z.array(z.looseObject({ id: text, kind: text })),
  requirements: requirements.optional(),
  hostLease: z.looseObject({ owner: text, until: time, fence: count }).optional(),
});

export const SNAPSHOT = members<Snapshot>()({
  schemaVersion: z.literal(SNAPSHOT_FORMAT, `this version reads ${SNAPSHOT_FORMAT}`),
  fingerprint: z.string(DEFINITION).min(1, DEFINITION),
  executionId: text,
  flow: text,
  savedAt: z.string(),
  head,
  values: z.record(ref, z.unknown()),
  artifacts: z
    .looseObject({ space: text, values: z.record(ref, z.looseObject({ size: count, digest: text })) })
    .optional(),
  ledger,
  flowData: z.record(z.string(), record),
  flowDataMade: z.array(z.string()).optional(),
  requirements,
  resources: z.array(z.string()),
});
