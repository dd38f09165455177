/** The host side of executions: what the HTTP routes, scripts and tests call. */
import type { Answer, CancelEvent, FlowEvent, SealEvent, StartEvent } from '../engine/events.ts';
import type { Head, Interrupt } from '../engine/head.ts';
import { answerFromLedger } from '../engine/interrupts.ts';
import { isSameStart } from '../engine/lifecycle.ts';
import { pack } from '../engine/pack.ts';
import { begin } from '../engine/reduce.ts';
import { nextWake } from '../engine/timers.ts';
import { FlowError } from '../errors.ts';
import type { AnyFlow } from '../flow/flow.ts';
import { digest, hashId } from '../flow/json.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { Ports } from '../ports/ports.ts';
import { type App, currentFlow, findFlow } from './app.ts';
import { type Commit, createCommitter, putFirst } from './commit.ts';
import { conform, conformSignal } from './contract.ts';
import { createHostFlowData } from './host-flow-data.ts';
import { interveneEvent, modeOf, toInterventionAnswer } from './interventions.ts';
import { messagesAfter, wakeUp } from './messages.ts';
import type { Parameters } from './parameters.ts';
import { createReader, resumeSchema } from './reader.ts';
import { sendQuietly } from './send.ts';
import { createSharedData } from './shared-data.ts';
import { checkStartOptions } from './start-options.ts';
import type { Client, HostAnswer, ResumeAnswer, SignalAnswer, StartAnswer, StartOptions } from './views.ts';

const ID = /^[A-Za-z0-9_-]{1,128}$/;

export function createClient(app: App, ports: Ports, parameters: Parameters): Client {
  const commit = createCommitter(ports, parameters);
  const reader = createReader(app, ports);
  const shared = createSharedData(app, ports, parameters, commit);

  /** Commits outside events on the definition the execution runs on, and sends the wake-ups that follow. */
  const change = async (
    record: ExecutionRecord,
    events: readonly FlowEvent[],
    { refusable = false, tries = parameters.commitTries } = {},
  ): Promise<Commit> => {
    const { graph } = flowOf(app, record);
    const result = await commit(record, () => events, { graph, tries, refusable });
    if (result.kind === 'done') {
      const { before, record: after } = result;
      await sendQuietly(
        ports,
        messagesAfter({ before, after: after.head, now: ports.clock.now(), received: 0, leaves: true }),
      );
    }
    return result;
  };

  const start = async (flowName: string, input: unknown, id: string, options: StartOptions): Promise<StartAnswer> => {
    const flow = currentFlow(app, flowName);
    checkStartOptions(flow, options);
    const event = startEvent(
      flow,
      id,
      ports.entropy.id(),
      conform(flow.contract.input, input, 'input', 'invalid_input'),
      options,
    );
    const existing = await ports.executions.load(id);
    if (existing) return repeat(existing, event);
    const now = ports.clock.now();
    const newId = ports.entropy.id;
    const packed = pack(undefined, begin(flow.graph, event, now).head, {
      inlineBytes: parameters.inlineBytes,
      ledgerKept: parameters.ledgerKept,
      newId,
      known: new Map(),
    });
    await putFirst(ports, parameters.headBytes, packed);
    const wakeAt = nextWake(packed.head, undefined, now);
    if (!(await create({ head: packed.head, ...(wakeAt === undefined ? {} : { wakeAt }) }))) {
      const owner = { executionId: id, inc: event.inc };
      await ports.values.drop(owner, [...packed.values.keys()], now + parameters.dropAfter);
      const winner = await ports.executions.load(id);
      if (!winner) throw contended(id);
      return repeat(winner, event);
    }
    await sendQuietly(ports, messagesAfter({ before: undefined, after: packed.head, now, received: 0 }));
    return { kind: 'started', executionId: id, status: reader.status({ head: packed.head }) };
  };

  /** Whether this very head is stored now; a call that failed may have stored it. */
  const create = async (request: { readonly head: Head; readonly wakeAt?: number }): Promise<boolean> => {
    try {
      return (await ports.executions.create(request)) === 'created';
    } catch (error) {
      const stored = await ports.executions.load(request.head.id);
      if (!stored) throw error;
      return stored.head.inc === request.head.inc;
    }
  };

  /** The first call may have died before its wake-up, so a repeat sends another. */
  const repeat = async ({ head }: ExecutionRecord, event: StartEvent): Promise<StartAnswer> => {
    if (!isSameStart(head, event.flow, digest(event.input))) return { kind: 'conflict', executionId: head.id };
    const now = ports.clock.now();
    if (head.leases.length === 0)
      await sendQuietly(ports, messagesAfter({ before: undefined, after: head, now, received: 0 }));
    return { kind: 'existing', executionId: head.id, status: reader.status({ head }) };
  };

  const host = async (executionId: string, event: SealEvent | CancelEvent): Promise<HostAnswer> => {
    const record = await ports.executions.load(executionId);
    const result = record && (await change(record, [event]));
    if (!result || result.kind === 'missing') return 'unknown';
    if (result.kind === 'contended') throw contended(executionId);
    return result.answers[0]?.kind === 'applied' ? 'applied' : 'already';
  };

  return {
    ...reader,
    flowData: (flow) => createHostFlowData(currentFlow(app, flow).name, ports, shared),
    async start(flow, input, options = {}) {
      return start(flow, input, checkId(options.id ?? ports.entropy.id()), options);
    },

    async resume(executionId, interruptId, answer) {
      const record = await ports.executions.load(executionId);
      if (!record) return { kind: 'unknown' };
      const valueHash = digest(answer.value);
      const requestId = answer.requestId ?? hashId('resume', interruptId, valueHash);
      const pending = record.head.interrupts.find((interrupt) => interrupt.id === interruptId);
      if (!pending) {
        const entries = await reader.entries(record, interruptId);
        return toResumeAnswer(answerFromLedger(entries, { requestId, valueHash }), requestId);
      }
      if (answer.expired) return gone(pending, ports.clock.now());
      const schema = resumeSchema(flowOf(app, record), record.head, pending);
      const value = conform(schema, answer.value, 'value');
      const actor = answer.actor === undefined ? {} : { actor: answer.actor };
      const event: FlowEvent = { type: 'resume', interrupt: interruptId, requestId, value, valueHash, ...actor };
      const result = await change(record, [{ type: 'tick' }, event]);
      if (result.kind === 'missing') return { kind: 'unknown' };
      if (result.kind === 'contended') throw contended(executionId);
      return toResumeAnswer(result.answers[1], requestId);
    },

    async signal(executionId, name, value, options = {}) {
      const record = await ports.executions.load(executionId);
      if (!record) return 'unknown';
      const id = checkId(options.id ?? ports.entropy.id());
      const event = { type: 'signal', id, name, value: conformSignal(flowOf(app, record), name, value) } as const;
      const result = await change(record, [event], { refusable: true, tries: parameters.directTries });
      if (result.kind === 'done') return toSignalAnswer(result.answers[0]);
      if (result.kind === 'missing') return 'unknown';
      const now = ports.clock.now();
      const answer = await ports.executions.append(executionId, record.head.inc, event, now + 30_000);
      await sendQuietly(ports, [wakeUp(executionId)]);
      if (answer !== 'refused') return answer === 'appended' ? 'accepted' : 'busy';
      // Not open any more. An earlier call with this id may have been accepted all the same: the ledger knows.
      const closed = await ports.executions.load(executionId);
      const last = closed && (await change(closed, [event], { refusable: true }));
      if (last?.kind === 'contended') throw contended(executionId);
      return last?.kind === 'done' ? toSignalAnswer(last.answers[0]) : 'unknown';
    },

    async intervene(executionId, payload, options = {}) {
      const event = interveneEvent(checkId(options.id ?? ports.entropy.id()), payload, options);
      const record = await ports.executions.load(executionId);
      const result = record && (await change(record, [event], { refusable: true }));
      if (!result || result.kind === 'missing') {
        throw new FlowError('unknown_execution', `There is no execution ${executionId}.`);
      }
      if (result.kind === 'contended') throw contended(executionId);
      return toInterventionAnswer(result.record.head, result.answers[0]);
    },

    seal: (executionId) => host(executionId, { type: 'seal', sealed: true }),
    unseal: (executionId) => host(executionId, { type: 'seal', sealed: false }),
    cancel: (executionId) => host(executionId, { type: 'cancel' }),

    async redrive(executionId, { id, actor } = {}) {
      const who = actor === undefined ? {} : { actor };
      const event = { type: 'redrive', id: checkId(id ?? ports.entropy.id()), ...who } as const;
      const record = await ports.executions.load(executionId);
      const result = record && (await change(record, [event]));
      if (!result || result.kind === 'missing') return 'unknown';
      if (result.kind === 'contended') throw contended(executionId);
      const [answer] = result.answers;
      if (answer?.kind === 'applied') return 'redriven';
      return answer?.kind === 'already' ? 'duplicate' : 'notFailed';
    },

    async close(executionId, { pendingInterrupts = 'reject' } = {}) {
      if (pendingInterrupts !== 'reject' && pendingInterrupts !== 'cancel')
        throw new FlowError('invalid_request', "pendingInterrupts is 'reject' or 'cancel'.");
      const record = await ports.executions.load(executionId);
      if (!record) return { kind: 'unknown' };
      if (record.head.lifecycle === 'closed') return { kind: 'closed' };
      const result = await change(record, [{ type: 'close', pendingInterrupts }]);
      if (result.kind === 'missing') return { kind: 'unknown' };
      if (result.kind === 'contended') throw contended(executionId);
      const [answer] = result.answers;
      if (answer?.kind === 'pendingInterrupts') return answer;
      return { kind: result.record.head.lifecycle === 'closed' ? 'closed' : 'closing' };
    },
  };
}

function startEvent(
  flow: AnyFlow,
  id: string,
  inc: string,
  input: StartEvent['input'],
  options: StartOptions,
): StartEvent {
  const { autoClose = true, autoCloseTimeout = 0, concurrency, nowait } = { ...flow.execution, ...options };
  const limit = concurrency === undefined ? {} : { concurrency };
  const inline = nowait === 'inline' ? { nowait } : {};
  return {
    type: 'start',
    id,
    inc,
    flow: flow.name,
    fingerprint: flow.fingerprint,
    input,
    options: {
      autoClose,
      autoCloseTimeout,
      defaults: options.defaults ?? {},
      ...limit,
      ...inline,
      ...modeOf(flow.graph, options.interventionMode),
    },
  };
}

/** @throws FlowError `definition_missing` when this app does not hold the version the execution runs on */
function flowOf(app: App, { head }: ExecutionRecord): AnyFlow {
  const flow = findFlow(app, head);
  if (flow) return flow;
  throw new FlowError(
    'definition_missing',
    `Execution ${head.id} runs a version of "${head.flow}" that this app does not hold. Deploy it beside the new one.`,
  );
}

function gone({ id }: Interrupt, at: number): ResumeAnswer {
  return { kind: 'gone', entry: { kind: 'resume', id, outcome: 'expired', at } };
}

function toResumeAnswer(answer: Answer | undefined, requestId: string): ResumeAnswer {
  switch (answer?.kind) {
    case 'accepted':
    case 'duplicate':
      return answer.entry.kind === 'resume'
        ? { kind: answer.kind, requestId, entry: answer.entry }
        : { kind: 'unknown' };
    case 'mismatch':
    case 'conflict':
    case 'gone':
      return answer.entry.kind === 'resume' ? { kind: answer.kind, entry: answer.entry } : { kind: 'unknown' };
    default:
      return { kind: 'unknown' };
  }
}

function toSignalAnswer(answer: Answer | undefined): SignalAnswer {
  const kind = answer?.kind;
  return kind === 'accepted' || kind === 'duplicate' || kind === 'mismatch' ? kind : 'ignored';
}

function checkId(id: string): string {
  if (ID.test(id)) return id;
  throw new FlowError('invalid_request', `The id ${JSON.stringify(id.slice(0, 40))} must match ${ID.source}.`);
}

function contended(executionId: string): FlowError {
  return new FlowError(
    'contention',
    `Execution ${executionId} is very busy; the answer was not taken. Try again with the same request id.`,
  );
}
