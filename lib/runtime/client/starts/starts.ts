/** Start of executions: create and start at once, or create now and start later. */
import type { CreateEvent, StartEvent } from '../../../engine/events.ts';
import type { Head } from '../../../engine/head.ts';
import type { SharedLookups } from '../../../engine/lookups.ts';
import { begin } from '../../../engine/reduce.ts';
import { isSameStart } from '../../../engine/time/lifecycle.ts';
import { NO_LOOKUPS } from '../../../engine/transition.ts';
import { BY_SCHEDULE } from '../../../engine/values/attributes.ts';
import { describeFault } from '../../../errors/errors.ts';
import type { AnyFlow } from '../../../flow/authoring/flow.ts';
import { digest } from '../../../flow/json.ts';
import type { ExecutionRecord } from '../../../ports/execution-store.ts';
import type { Ports } from '../../../ports/ports.ts';
import type { App } from '../../app/app.ts';
import { checkAttributes } from '../../app/contracts/attributes.ts';
import { contractLookups } from '../../app/contracts/contract-lookups.ts';
import { beginningOf, executionOf, flowToCreate, loadReadable } from '../../app/definitions.ts';
import type { PutFirstHead } from '../../commit/first-head.ts';
import { type Change, contended } from '../../commit/outside-events.ts';
import { loadShared } from '../../commit/reduce-fully.ts';
import { sendQuietly } from '../../commit/send.ts';
import { messagesAfter } from '../../commit/wake-ups.ts';
import { goneError } from '../../removal/gone.ts';
import { listByAttribute } from '../../shared/attribute-entries.ts';
import type { Reader } from '../../view/reader.ts';
import { modeOf } from '../interventions.ts';
import type { CreateAnswer, StartAnswer, StartOptions } from '../types.ts';
import { checkStartOptions } from './start-options.ts';

export interface Starts {
  start(flow: string, input: unknown, id: string, options: StartOptions): Promise<StartAnswer>;
  create(flow: string, id: string, options: StartOptions): Promise<CreateAnswer>;
}

export interface StartTools {
  readonly change: Change;
  readonly putFirstHead: PutFirstHead;
  readonly reader: Pick<Reader, 'status'>;
}

export function createStarts(app: App, ports: Ports, { change, putFirstHead, reader }: StartTools): Starts {
  const started = (kind: 'started' | 'existing' | 'ignored', record: Parameters<Reader['status']>[0]): StartAnswer => ({
    kind,
    executionId: record.head.id,
    status: reader.status(record),
  });

  /**
   * Answers a repeated start. It sends the wake-ups again, because the first call may have died before sending them.
   */
  const repeat = async (record: ExecutionRecord, event: StartEvent): Promise<StartAnswer> => {
    const { head } = record;
    if (head.gone?.how === 'erased') throw goneError(head);
    if (head.unstarted && head.flow === event.flow) return startCreated(record, event);
    if (!isSameStart(head, event.flow, digest(event.input))) return { kind: 'conflict', executionId: head.id };
    const now = ports.clock.now();
    if (head.leases.length === 0)
      await sendQuietly(ports, messagesAfter({ before: undefined, after: head, now, received: 0 }));
    return started('existing', record);
  };

  const startCreated = async (record: ExecutionRecord, event: StartEvent): Promise<StartAnswer> => {
    const result = await change(record, [event], { refusable: true });
    if (result.kind !== 'done') throw contended(record.head.id);
    switch (result.answers[0]?.kind) {
      case 'applied':
        return started('started', result.record);
      case 'ignored':
        return started('ignored', result.record);
      default:
        return repeat(result.record, event);
    }
  };

  return {
    async start(flowName, input, id, options) {
      const { flow, ...beginning } = beginningOf(app, flowName, input);
      checkStartOptions(flow, options, ports.clock.now());
      const event: StartEvent = { type: 'start', ...startEventOf(flow, id, ports.entropy.id(), options), ...beginning };
      const existing = await loadReadable(ports, id);
      if (existing) return repeat(existing, event);
      const first = await putFirstHead(await firstHead(ports, flow, event));
      if (first.kind === 'exists') return repeat(first.record, event);
      await listSchedule(ports, first.head);
      return started('started', first);
    },

    async create(flowName, id, options) {
      const flow = flowToCreate(app, flowName);
      checkStartOptions(flow, options, ports.clock.now());
      const event = { type: 'create', ...startEventOf(flow, id, ports.entropy.id(), options) } as const;
      const first = await putFirstHead(await firstHead(ports, flow, event));
      return { kind: first.kind, executionId: id };
    },
  };
}

/**
 * A schedule that skips finds what it started before by an entry that must not wait for a worker. If this fails, the outbox
 * makes it.
 */
async function listSchedule(ports: Ports, head: Head): Promise<void> {
  const row = head.outbox.find((each) => each.kind === 'attribute' && each.name === BY_SCHEDULE);
  if (row?.kind !== 'attribute') return;
  await listByAttribute(ports, { head, rev: 1 }, row).catch((error: unknown) => {
    ports.log.warn('attribute not listed', { executionId: head.id, ...describeFault(error) });
  });
}

/** Builds the first head, and loads the shared data that its sub-flows capture. */
async function firstHead(ports: Ports, flow: AnyFlow, event: StartEvent | CreateEvent): Promise<Head> {
  const flowData = new Map<string, SharedLookups>();
  const lookups = { ...NO_LOOKUPS, flowData, ...contractLookups(flow) };
  for (;;) {
    const { head, missing } = begin(flow.graph, event, ports.clock.now(), lookups);
    if (missing.flowData.size === 0) return head;
    await loadShared(ports, missing.flowData, flowData);
  }
}

function startEventOf(
  flow: AnyFlow,
  id: string,
  inc: string,
  { attributes, startedBy, ...options }: StartOptions,
): Omit<StartEvent, 'type' | 'input'> {
  return {
    ...(attributes ? { attributes: checkAttributes(flow, attributes, 'invalid_request') } : {}),
    ...(startedBy && Object.keys(startedBy).length > 0 ? { startedBy } : {}),
    id,
    inc,
    flow: flow.name,
    fingerprint: flow.fingerprint,
    options: executionOf(flow, {
      ...options,
      ...(options.startAt === undefined ? {} : { startAt: Math.max(0, Date.parse(options.startAt)) }),
      interventionMode: modeOf(flow.graph, options.interventionMode),
    }),
  };
}
