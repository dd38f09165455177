/**
 * The reading half of the client: views of executions, interrupts and streams. It writes nothing except the end of a
 * stream.
 */
import type { ZodType } from 'zod';
import { defined } from '../../defined.ts';
import type { Head, Interrupt, RedriveRow, ResumeEntry, Value } from '../../engine/head.ts';
import { entryOf, isRevoked, pendingWait } from '../../engine/outside/interrupts.ts';
import type { RerunRow } from '../../engine/outside/reruns.ts';
import { pendingWaits } from '../../engine/outside/waits.ts';
import { sleepingIn, statusOf } from '../../engine/time/lifecycle.ts';
import { listFailed } from '../../engine/work/cascades.ts';
import { FlowError } from '../../errors/errors.ts';
import { approvalAnswer } from '../../flow/authoring/approval.ts';
import type { Intervention } from '../../flow/authoring/facilities.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { Json } from '../../flow/json.ts';
import * as calls from '../../flow/options/calls.ts';
import { problemOf } from '../../flow/options/check.ts';
import { shownOf } from '../../flow/options/execution.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import { iso } from '../app/checks/times.ts';
import { answerSchema } from '../app/contracts/contract.ts';
import { findFlow, loadReadable, flowOf as runningFlow } from '../app/definitions.ts';
import { showInterventions } from '../app/intervention-view.ts';
import { chunkAt, flowAt } from '../app/lookup.ts';
import type { Client, ExecutionSummary, ExecutionView, RedriveView, RerunView } from '../client/types.ts';
import { interruptFacts, viewEntry, viewInterrupt } from '../commit/interrupt-view.ts';
import { loadValue } from '../commit/values.ts';
import { createHistoryReader, type HistoryReader, readingOf } from '../history/reader.ts';
import { entriesFor } from '../reads/ledger-entries.ts';
import { doingIn, openJoins } from './doing.ts';
import { createExport } from './export.ts';
import { createListings } from './listings.ts';
import { openLists } from './lists.ts';
import { nowOf } from './now.ts';
import { createParts } from './parts.ts';
import { pollFor } from './poll.ts';
import { createValueReader } from './read-value.ts';
import { unfilledJoins } from './unfilled.ts';

export interface Reader
  extends Pick<
    Client,
    | 'get'
    | 'definition'
    | 'list'
    | 'interrupts'
    | 'lookup'
    | 'readStream'
    | 'readValue'
    | 'export'
    | 'readExport'
    | keyof HistoryReader
  > {
  status(record: Pick<ExecutionRecord, 'head'> & Partial<Pick<ExecutionRecord, 'inbox'>>): ExecutionView['status'];
  /** Returns the answers to an interrupt so far, oldest first, from the head and the ledger store. */
  entries(record: Pick<ExecutionRecord, 'head'>, interruptId: string): Promise<readonly ResumeEntry[]>;
}

/** It has ended, or nothing happens before somebody answers or a time has come. */
const AT_REST: ReadonlySet<ExecutionView['status']> = new Set(['waiting', 'completed', 'failed', 'cancelled']);
/** Number of waits in a summary. */
const WAITS_SHOWN = 10;
const LISTS_SHOWN = 3;

/** @param listed stores for lists, which leave out what is not shown */
export function createReader(app: App, ports: Ports, listed = ports): Reader {
  const flowOf = (head: Head) => findFlow(app, head);
  const status: Reader['status'] = ({ head, inbox }) => statusOf(head, flowOf(head)?.graph, inbox?.length);

  const interruptView = (head: Head, interrupt: Interrupt) => viewInterrupt(ports.values, head, interrupt);

  /** The fields that need no stored value. */
  const basics = (record: ExecutionRecord) => {
    const { head } = record;
    const now = status(record);
    return {
      executionId: head.id,
      flow: head.flow,
      status: now,
      ...(now === 'waiting' ? sleepOf(head) : {}),
      lifecycle: head.lifecycle,
      ...shownOf(head.options),
      ...defined({ attributes: head.attributes }),
      ...(head.failure ? { error: head.failure } : {}),
      ...(head.lifecycle === 'closed' ? { closeReason: closeReasonOf(head) } : {}),
      ...defined({ cancelReason: head.cancelReason }),
      ...(head.cancelledBy ? { cancelledBy: head.cancelledBy } : {}),
      ...(head.paused ? { pausedBy: { ...head.paused, at: iso(head.paused.at) } } : {}),
      ...defined({ forkedFrom: head.forkedFrom, rerunFrom: head.rerunFrom?.activation }),
      createdAt: iso(head.createdAt),
      ...defined({ startedBy: head.startedBy }),
      ...(head.closedAt === undefined ? {} : { closedAt: iso(head.closedAt) }),
      ...(head.keptUntil === undefined ? {} : { keptUntil: iso(head.keptUntil) }),
    };
  };

  const summary = (record: ExecutionRecord): ExecutionSummary => {
    const waits = pendingWaits(record.head);
    const interrupts = waits.slice(0, WAITS_SHOWN).map((each) => interruptFacts(record.head, each));
    const shown = basics(record);
    const title = String(record.head.attributes?.title ?? record.head.id);
    const now = nowOf(flowOf(record.head)?.graph, record.head, shown.status);
    const lists = record.head.lifecycle === 'closed' ? [] : openLists(record.head).slice(0, LISTS_SHOWN);
    const some = lists.length > 0 ? { lists } : {};
    return { ...shown, title, now, ...some, interrupts, waiting: waits.length };
  };

  const view = async (record: ExecutionRecord, most: number): Promise<ExecutionView> => {
    const { head } = record;
    const load = (value: Value) => loadValue(ports.values, head, value);
    const parts = createParts(most);
    const waits = await parts.list('interrupts', pendingWaits(head), (each) => interruptView(head, each));
    const interventions = await parts.list('interventions', head.interventions ?? [], async (row) => {
      const [shown] = await showInterventions([row], load);
      return shown;
    });
    const state = await parts.members('state', head.state, load);
    const definition = parts.take('definition', head.definition);
    const input = await parts.value('input', head.input, load);
    const isOpen = head.lifecycle !== 'closed';
    const doing = isOpen ? doingIn(flowOf(head)?.graph, head) : [];
    const joins = isOpen ? openJoins(flowOf(head)?.graph, head) : [];
    const lists = isOpen ? openLists(head) : [];
    const used = interventions.length > 0;
    const closed = head.lifecycle === 'closed' && !parts.omitted.includes('state');
    const failed = head.failure ? listFailed(head).map(({ id, node }) => ({ activationId: id, chunk: node })) : [];
    return {
      ...basics(record),
      ...defined({ definition }),
      state,
      interrupts: waits,
      ...(used ? { interventions } : {}),
      ...(closed ? { result: used ? withInterventions(state, interventions) : state } : {}),
      ...unfilled(head, status(record)),
      ...(head.tolerated ? { tolerated: head.tolerated.map(({ at, ...rest }) => ({ ...rest, at: iso(at) })) } : {}),
      ...(input === undefined ? {} : { input }),
      ...(doing.length > 0 ? { doing } : {}),
      ...(joins.length > 0 ? { joins } : {}),
      ...(lists.length > 0 ? { lists } : {}),
      ...(failed.length > 0 ? { failed } : {}),
      ...(head.redrives ? { redrives: head.redrives.map(redriveView) } : {}),
      ...(head.reruns ? { reruns: head.reruns.map(rerunView) } : {}),
      ...(parts.omitted.length > 0 ? { omitted: parts.omitted } : {}),
      ...(parts.omittedValues.length > 0 ? { omittedValues: parts.omittedValues } : {}),
    };
  };

  const unfilled = (head: Head, now: ExecutionView['status']): Pick<ExecutionView, 'unfilledJoins'> => {
    const flow = flowOf(head);
    if (!flow || (now !== 'blocked' && head.lifecycle !== 'closed')) return {};
    const joins = unfilledJoins(flow, head);
    return joins.length > 0 ? { unfilledJoins: joins } : {};
  };

  const entries: Reader['entries'] = ({ head }, interruptId) => entriesFor(ports, head, 'resume', interruptId);

  const reader: Omit<Reader, 'export' | 'readExport'> = {
    status,
    entries,
    ...createHistoryReader(app, ports),
    ...createListings(app, listed, { status, summary, interrupt: interruptView }),
    async get(executionId, { most = Infinity, wait = 0 } = {}) {
      const problem = problemOf(calls.wait, wait, 'wait of get');
      if (problem !== undefined) throw new FlowError('invalid_request', problem);
      const record = await pollFor(ports.clock, wait, async () => {
        const found = await loadReadable(ports, executionId);
        return [found, !found || AT_REST.has(status(found))] as const;
      });
      return record && view(record, most);
    },
    async definition(executionId) {
      const record = await loadReadable(ports, executionId);
      return record && runningFlow(app, record);
    },
    async lookup(executionId, interruptId, generation, link) {
      const record = await loadReadable(ports, executionId);
      if (!record) return undefined;
      const pending = pendingWait(record.head, interruptId, generation);
      if (pending) {
        if (isRevoked(pending, link)) return { kind: 'revoked' };
        const flow = flowOf(record.head);
        const schema = flow && resumeSchema(flow, record.head, pending);
        return { kind: 'pending', interrupt: await interruptView(record.head, pending), ...(schema ? { schema } : {}) };
      }
      const last = entryOf(await entries(record, interruptId), generation);
      if (last && isRevoked(last, link)) return { kind: 'revoked' };
      return last && { kind: 'resolved', entry: viewEntry(last) };
    },
    readValue: createValueReader(ports, readingOf(app, ports)),
    async readStream(executionId, { after, limit }) {
      // Read the head before the stream: items streamed before the close are then found.
      const record = await loadReadable(ports, executionId);
      if (!record) return undefined;
      const { inc, lifecycle, outbox, failure } = record.head;
      const owner = { executionId, inc };
      const closed = lifecycle === 'closed' && !outbox.some((row) => row.kind === 'stream');
      const stopped = await ports.streams.hasEnded(owner);
      let found = await ports.streams.read(owner, after, limit + 1);
      // A worker that was cut off may not have ended the stream. A failed execution can be redriven and stream more.
      if (closed && !stopped && !failure && found.length <= limit) {
        await ports.streams.end(owner);
        found = await ports.streams.read(owner, after, limit + 1);
      }
      const items = found.slice(0, limit).map(({ seq, chunk, attempt, item }) => ({ seq, chunk, attempt, item }));
      return { items, cursor: items.at(-1)?.seq ?? after, ended: (closed || stopped) && found.length <= limit };
    },
  };
  return Object.assign(reader, createExport(ports, reader));
}

/** Returns the schema of an answer: that of the chunk that paused, and of the signal that the answer becomes. */
export function resumeSchema(flow: AnyFlow, head: Head, interrupt: Interrupt): ZodType | undefined {
  const { resumeTo } = interrupt;
  if (resumeTo && 'self' in resumeTo && resumeTo.self.approval !== undefined) return approvalAnswer;
  const resume = chunkAt(flow, head, interrupt)?.resume;
  const { signals = {} } = flowAt(flow, head, interrupt.home).contract;
  const event = resumeTo && 'event' in resumeTo && Object.hasOwn(signals, resumeTo.event) ? resumeTo.event : undefined;
  return answerSchema(resume, event === undefined ? undefined : signals[event]);
}

function redriveView({ id, at, ...rest }: RedriveRow): RedriveView {
  return { redriveId: id, at: iso(at), ...rest };
}

function rerunView({ id, activation, at, ...rest }: RerunRow): RerunView {
  return { executionId: id, activationId: activation, at: iso(at), ...rest };
}

function withInterventions(state: Json, interventions: readonly Intervention[]): Json {
  return { ...(state as { readonly [key: string]: Json }), $interventions: interventions.map((each) => ({ ...each })) };
}

/** When the first of its sleeps ends. */
function sleepOf(head: Head): Pick<ExecutionView, 'sleepsUntil'> {
  const ends = sleepingIn(head).flatMap(({ dueAt = 0 }) => dueAt);
  return ends.length > 0 ? { sleepsUntil: iso(Math.min(...ends)) } : {};
}

function closeReasonOf({ closing }: Head): NonNullable<ExecutionView['closeReason']> {
  if (closing === undefined) return 'auto';
  return closing === 'cancelled' ? 'cancelled' : 'manual';
}
