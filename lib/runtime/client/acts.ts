/** The calls of the client that workers make too, for bulks: all but those that copy an execution. */
import { defined } from '../../defined.ts';
import type { Answer, ResumeEvent } from '../../engine/events.ts';
import type { Head, Interrupt } from '../../engine/head.ts';
import { attributionOf } from '../../engine/outside/attribution.ts';
import {
  answerFromLedger,
  entryOf,
  expiredAt,
  isRevoked,
  pendingWait,
  refusalOf,
} from '../../engine/outside/interrupts.ts';
import { FlowError } from '../../errors/errors.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import { checkJson, digest, hashId } from '../../flow/json.ts';
import * as calls from '../../flow/options/calls.ts';
import type { Ports } from '../../ports/ports.ts';
import { type App, currentFlow } from '../app/app.ts';
import { checkId, checkSize } from '../app/checks/checks.ts';
import { textOf } from '../app/checks/texts.ts';
import { conformSignal, validate } from '../app/contracts/contract.ts';
import { flowOf, loadReadable } from '../app/definitions.ts';
import { chunkAt } from '../app/lookup.ts';
import type { Parameters } from '../app/parameters.ts';
import { isBuiltIn, withBuiltIns } from '../bulk/built-in.ts';
import { createBulk } from '../bulk/bulk.ts';
import { BULK } from '../bulk/flow.ts';
import { createCommitter } from '../commit/commit.ts';
import { createFirstHead } from '../commit/first-head.ts';
import { viewEntry } from '../commit/interrupt-view.ts';
import { linkTo } from '../commit/observe.ts';
import { type Applied, createApply, createChange, settleChange } from '../commit/outside-events.ts';
import { withPages } from '../commit/paged.ts';
import { createLook } from '../reads/glance.ts';
import { refusingGone, withoutGone } from '../removal/gone.ts';
import { erase } from '../removal/removal.ts';
import { createSharedData } from '../shared/shared-data.ts';
import { createReader, resumeSchema } from '../view/reader.ts';
import { createSearch } from '../view/search.ts';
import { createDeliver, createSignalling } from './answers.ts';
import { checkOptions } from './call-options.ts';
import { createFlowClient } from './flow-client.ts';
import { createHostFlowData } from './flow-data.ts';
import { createHosting, toHostAnswer } from './host-control.ts';
import { interveneEvent, toInterventionAnswer } from './interventions.ts';
import { createSchedules } from './starts/schedules.ts';
import { createStarts } from './starts/starts.ts';
import type { Acts, Client, GivenAnswer, ResumeAnswer, RevokeAnswer, SignalAnswer, WithdrawAnswer } from './types.ts';

/** What the calls share. */
export function createTools(known: App, given: Ports, parameters: Parameters) {
  const app = withBuiltIns(known);
  const all = withPages(given);
  const ports = refusingGone(all);
  const commit = createCommitter(ports, parameters);
  const change = createChange(app, ports, parameters, commit);
  return {
    app,
    all,
    ports,
    parameters,
    look: createLook(refusingGone(given), ports),
    change,
    apply: createApply(ports, change),
    // A start with the id of a deleted execution is answered from what is left of it.
    putFirstHead: createFirstHead(all, parameters),
    shared: createSharedData(app, ports, parameters, commit),
  };
}

export function createActs(tools: ReturnType<typeof createTools>): Acts {
  const { app, all, ports, parameters, look, change, apply, putFirstHead, shared } = tools;
  const listed = withoutGone(all);
  const reader = createReader(app, ports, listed);
  const starts = createStarts(app, all, { change, putFirstHead, reader });
  const deliver = createDeliver(ports, parameters, { change, look });
  const signalling = createSignalling(ports, parameters, { change, look });
  const hosting = createHosting(app, ports, { change, apply });
  const schedules = createSchedules(app, listed, { start: starts.start, status: reader.status });
  const bulk = createBulk(listed, {
    search: createSearch(app, listed, reader.status),
    status: reader.status,
    start: (input, id, options) => starts.start(BULK, input, id, options),
  });

  const pages: Pick<Client, 'list' | 'interrupts'> = {
    async list(query) {
      checkOptions('list', query);
      return reader.list(query);
    },
    async interrupts(query) {
      checkOptions('interrupts', query);
      return reader.interrupts(query);
    },
  };

  const own: Omit<Acts, keyof (typeof reader & typeof hosting & typeof bulk & typeof schedules)> = {
    flow: (flow) => createFlowClient(acts, flow),
    flowData: (flow) => createHostFlowData(currentFlow(app, flow).name, ports, shared),
    async start(flow, input, options = {}) {
      checkStartable(flow);
      return starts.start(flow, input, checkId(options.id ?? ports.entropy.id()), options);
    },
    async create(flow, options = {}) {
      checkStartable(flow);
      return starts.create(flow, checkId(options.id ?? ports.entropy.id()), options);
    },

    async resume(executionId, interruptId, answer) {
      checkOptions('resume', answer);
      const record = await look(executionId, interruptId);
      if (!record) return { kind: 'unknown' };
      const valueHash = digest(checkJson(answer.value, 'value'));
      const derived = (generation: number) =>
        hashId('resume', interruptId, valueHash, ...(generation > 0 ? [generation] : []));
      const pending = pendingWait(record.head, interruptId, answer.generation);
      if (!pending) {
        const entries = await reader.entries(record, interruptId);
        const newest = pendingWait(record.head, interruptId)?.generation ?? entries.length - 1;
        const generation = answer.generation ?? newest;
        const requestId = answer.requestId ?? derived(generation);
        if (isRevoked(entryOf(entries, generation) ?? {}, answer.link)) return { kind: 'revoked' };
        const found = answerFromLedger(entries, { requestId, valueHash, generation });
        return toResumeAnswer(found, requestId, generation < newest ? { newest } : {});
      }
      const { generation = 0 } = pending;
      const requestId = answer.requestId ?? derived(generation);
      const refusal = refusalOf(pending, answer);
      if (refusal) return refusal;
      if (answer.expired) return { kind: 'gone', entry: expiredAt(pending, ports.clock.now()) };
      const flow = flowOf(app, record);
      checkAsking(flow, record.head, pending, answer.chunk);
      const schema = resumeSchema(flow, record.head, pending);
      const value = checkSize(validate(schema, answer.value, 'value'), 'value');
      const host = answer.host === undefined ? {} : { host: answer.host };
      const link = answer.link === undefined ? {} : { link: answer.link };
      const event: ResumeEvent = {
        type: 'resume',
        interrupt: interruptId,
        generation,
        requestId,
        value,
        valueHash,
        ...attributionOf(answer),
        ...host,
        ...link,
      };
      linkTo(ports, pending);
      return toResumeAnswer(await deliver(record, event), requestId);
    },

    async signal(executionId, name, value, options = {}) {
      checkOptions('signal', options);
      const record = await look(executionId);
      if (!record) return 'unknown';
      const id = options.requestId ?? ports.entropy.id();
      const checked = checkSize(conformSignal(flowOf(app, record), name, value), `signal ${name}`);
      const event = {
        type: 'signal',
        id,
        name,
        value: checked,
        ...textOf('correlation', options.correlation, { schema: calls.correlation }),
        ...attributionOf(options),
      } as const;
      const answer = await signalling(record, event);
      return answer === 'busy' ? answer : toSignalAnswer(answer);
    },

    async intervene(executionId, payload, options = {}) {
      checkOptions('intervene', options);
      const event = interveneEvent(options.requestId ?? ports.entropy.id(), payload, options);
      const applied = await apply(executionId, event, { refusable: true });
      if (!applied) return { kind: 'unknown' };
      return toInterventionAnswer(applied.head, applied.answer);
    },

    seal: async (executionId) => toHostAnswer(await apply(executionId, { type: 'seal', sealed: true })),
    unseal: async (executionId) => toHostAnswer(await apply(executionId, { type: 'seal', sealed: false })),
    async cancel(executionId, options = {}) {
      checkOptions('cancel', options);
      const { reason, ...caller } = options;
      const event = {
        type: 'cancel',
        ...textOf('reason', reason, { schema: calls.reason }),
        ...attributionOf(caller),
      } as const;
      return toHostAnswer(await apply(executionId, event));
    },
    async withdraw(executionId, interruptId, options = {}) {
      checkOptions('withdraw', options);
      const { generation, ...caller } = options;
      const event = {
        type: 'withdraw',
        interrupt: interruptId,
        ...defined({ generation }),
        ...attributionOf(caller),
      } as const;
      return toWithdrawAnswer(await apply(executionId, event));
    },
    async revokeLink(executionId, interruptId, linkId) {
      const event = { type: 'revoke', interrupt: interruptId, link: checkId(linkId) } as const;
      return toRevokeAnswer(await apply(executionId, event));
    },

    async erase(executionId, caller = {}) {
      checkOptions('erase', caller);
      return erase(all, parameters, executionId, caller);
    },

    async redrive(executionId, options = {}) {
      checkOptions('redrive', options);
      const { requestId, ...caller } = options;
      const event = {
        type: 'redrive',
        id: requestId ?? ports.entropy.id(),
        ...attributionOf(caller),
      } as const;
      const applied = await apply(executionId, event);
      if (!applied) return 'unknown';
      const { answer } = applied;
      if (answer?.kind === 'applied') return 'redriven';
      return answer?.kind === 'already' ? 'duplicate' : 'notFailed';
    },

    async close(executionId, options = {}) {
      checkOptions('close', options);
      const { pendingInterrupts = 'reject', ...caller } = options;
      const event = { type: 'close', pendingInterrupts, ...attributionOf(caller) } as const;
      const record = await loadReadable(ports, executionId);
      if (!record) return { kind: 'unknown' };
      // Answered before the flow lookup, because the app may lack the version of a closed execution.
      if (record.head.lifecycle === 'closed') return { kind: 'closed' };
      const applied = settleChange(record, await change(record, [event]));
      if (!applied) return { kind: 'unknown' };
      const { answer, head } = applied;
      if (answer?.kind === 'pendingInterrupts') return answer;
      return { kind: head.lifecycle === 'closed' ? 'closed' : 'closing' };
    },
  };
  // `Object.assign` instead of one literal with spreads, which takes fifty times as long for so many functions.
  const acts = Object.assign(own, reader, pages, hosting, bulk, schedules);
  return acts;
}

/** @throws FlowError `unknown_flow` for a flow that only this package starts */
function checkStartable(flow: string): void {
  if (!isBuiltIn(flow)) return;
  throw new FlowError('unknown_flow', `Flow "${flow}" cannot be started. Call client.bulk.`, { details: { flow } });
}

/** @throws FlowError `invalid_request` if another chunk asked than the caller says */
function checkAsking(flow: AnyFlow, head: Head, wait: Interrupt, said: GivenAnswer['chunk']): void {
  const name = typeof said === 'object' ? said.name : said;
  const asking = chunkAt(flow, head, wait)?.name ?? wait.node;
  if (name === undefined || name === asking) return;
  throw new FlowError(
    'invalid_request',
    `Execution ${head.id}: interrupt "${wait.id}" was asked by chunk "${asking}", not by "${name}". Pass the interrupt of that chunk, or chunk "${asking}".`,
    { details: { path: 'chunk' } },
  );
}

function toResumeAnswer(
  answer: Answer | undefined,
  requestId: string,
  asked: { readonly newest?: number } = {},
): ResumeAnswer {
  switch (answer?.kind) {
    case 'accepted':
    case 'duplicate':
      return answer.entry.kind === 'resume'
        ? { kind: answer.kind, requestId, entry: viewEntry(answer.entry) }
        : { kind: 'unknown' };
    case 'mismatch':
    case 'conflict':
    case 'gone':
      return answer.entry.kind === 'resume'
        ? { kind: answer.kind, entry: viewEntry(answer.entry), ...asked }
        : { kind: 'unknown' };
    case 'leaseExpired':
    case 'actorRequired':
    case 'revoked':
      return { kind: answer.kind };
    default:
      return { kind: 'unknown' };
  }
}

function toRevokeAnswer(applied: Applied | undefined): RevokeAnswer {
  if (!applied) return 'unknown';
  const kind = applied.answer?.kind;
  if (kind === 'applied') return 'revoked';
  return kind === 'already' || kind === 'full' || kind === 'unknown' ? kind : 'gone';
}

function toWithdrawAnswer(applied: Applied | undefined): WithdrawAnswer {
  const kind = applied?.answer?.kind;
  if (kind === 'applied') return 'withdrawn';
  return kind === 'already' || kind === 'gone' ? kind : 'unknown';
}

function toSignalAnswer(answer: Answer | undefined): SignalAnswer {
  const kind = answer?.kind;
  if (kind === 'accepted' || kind === 'duplicate' || kind === 'mismatch' || kind === 'unknown') return kind;
  return 'ignored';
}
