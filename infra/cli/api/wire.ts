/** Schemas of the answers that commands read. Fields that a command only passes on are not checked. */
import { z } from 'zod';

const Time = z.string();
const Value = z.unknown().optional();

export const Failure = z.looseObject({
  name: z.string(),
  message: z.string().optional(),
  code: z.string().optional(),
  chunk: z.string().optional(),
});

export const Wait = z.looseObject({
  executionId: z.string(),
  interruptId: z.string(),
  flow: z.string().optional(),
  type: z.string().optional(),
  payload: Value,
  createdAt: Time.optional(),
  expiresAt: Time.optional(),
  generation: z.number().optional(),
});
export type Wait = z.infer<typeof Wait>;

const Counts = z.looseObject({
  done: z.number(),
  running: z.number(),
  retrying: z.number(),
  waiting: z.number(),
  failed: z.number(),
  total: z.number(),
});

const At = { node: z.string(), path: z.array(z.string()).optional() };

export const Doing = z.looseObject({
  ...At,
  state: z.string(),
  chunk: z.string().optional(),
  activationId: z.string(),
  items: z.string().optional(),
  attempt: z.number().optional(),
  since: Time.optional(),
  error: Failure.optional(),
  nextAt: Time.optional(),
  until: Time.optional(),
  interruptId: z.string().optional(),
});
export type Doing = z.infer<typeof Doing>;

const OpenJoin = z.looseObject({
  ...At,
  scope: z.string(),
  have: z.array(z.looseObject({ name: z.string(), at: Time.optional(), by: z.string().optional() })),
  missing: z.array(z.string()).optional(),
});

export const View = z.looseObject({
  executionId: z.string(),
  flow: z.string(),
  status: z.string(),
  lifecycle: z.string(),
  createdAt: Time,
  closedAt: Time.optional(),
  input: Value,
  state: Value,
  result: Value,
  error: Failure.optional(),
  interrupts: z.array(Wait).default([]),
  doing: z.array(Doing).optional(),
  joins: z.array(OpenJoin).optional(),
  lists: z.array(z.looseObject({ ...At, scope: z.string(), ...Counts.shape })).optional(),
  failed: z.array(z.looseObject({ activationId: z.string(), chunk: z.string() })).optional(),
  pausedBy: z.looseObject({ actor: z.string().optional() }).optional(),
  sleepsUntil: Time.optional(),
  keptUntil: Time.optional(),
  attributes: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  closeReason: z.string().optional(),
  cancelReason: z.string().optional(),
  forkedFrom: z.string().optional(),
  rerunFrom: z.string().optional(),
  omitted: z.array(z.string()).optional(),
});
export type View = z.infer<typeof View>;

export const Summary = z.looseObject({
  executionId: z.string(),
  flow: z.string(),
  status: z.string(),
  createdAt: Time,
  closedAt: Time.optional(),
  error: Failure.optional(),
  title: z.string().optional(),
  now: z.string().optional(),
  waiting: z.number().optional(),
  interrupts: z.array(z.looseObject({ interruptId: z.string(), type: z.string().optional() })).default([]),
});
export type Summary = z.infer<typeof Summary>;

export const HistoryItem = z.looseObject({
  seq: z.number(),
  at: Time,
  type: z.string(),
  node: z.string().optional(),
  path: z.array(z.string()).optional(),
  chunk: z.string().optional(),
  activationId: z.string().optional(),
  items: z.string().optional(),
  attempt: z.number().optional(),
  ms: z.number().optional(),
  error: Failure.optional(),
});
export type HistoryItem = z.infer<typeof HistoryItem>;

export const HistoryPage = z.looseObject({
  items: z.array(HistoryItem),
  cursor: z.string(),
  ended: z.boolean(),
});

export const StreamPage = z.looseObject({
  items: z.array(
    z.looseObject({ seq: z.number(), chunk: z.string().optional(), attempt: z.number().optional(), item: Value }),
  ),
  cursor: z.number(),
  ended: z.boolean(),
});

export const FlowItem = z.looseObject({
  flow: z.string(),
  fingerprint: z.string().optional(),
  kinds: z.array(z.looseObject({ kind: z.string() })).optional(),
});

export const Flows = z.looseObject({ items: z.array(FlowItem) });

export const Schedule = z.looseObject({
  id: z.string(),
  cron: z.string().optional(),
  rate: z.string().optional(),
  timezone: z.string().optional(),
});

export type Schedule = z.infer<typeof Schedule>;

export const Definition = z.looseObject({
  flow: z.string(),
  fingerprint: z.string().optional(),
  kinds: z.array(z.looseObject({ kind: z.string(), sideEffect: z.boolean().optional() })).optional(),
  contract: z
    .looseObject({
      input: Value,
      signals: z.record(z.string(), Value).nullable().optional(),
      result: Value,
    })
    .optional(),
  schedules: z.array(Schedule).optional(),
  mermaid: z.string().optional(),
});

/** The answers of calls that change something. Each call has more fields of its own. */
export const Acted = z.looseObject({ executionId: z.string().optional() });
export const Outcome = z.looseObject({ executionId: z.string(), outcome: z.string() });
export const Started = z.looseObject({ executionId: z.string(), status: z.string() });
export const Intervened = z.looseObject({ executionId: z.string(), version: z.number(), status: z.string() });
