/** Interventions as the host adds them, chunks use them, and views show them. */
import type { Answer, Consumption, InterveneEvent } from '../../engine/events.ts';
import type { Head, Value } from '../../engine/head.ts';
import type { ExecutionOptions } from '../../engine/options.ts';
import { consumed, hasPoints, type InterventionRow, isVisible } from '../../engine/outside/interventions.ts';
import { FlowError } from '../../errors/errors.ts';
import type { ConsumeOptions, Intervention, Interventions } from '../../flow/authoring/facilities.ts';
import type { Graph } from '../../flow/graph/graph.ts';
import { checkJson, type Json } from '../../flow/json.ts';
import type { Clock } from '../../ports/system.ts';
import { textOf } from '../app/texts.ts';
import { iso } from '../app/times.ts';
import type { InterveneOptions, InterventionAnswer } from '../client/types.ts';
import { checkSize } from '../commit/values.ts';
import type { Operations } from './effects.ts';
import type { StateSource } from './state.ts';

/** Characters of a target, author or note: they stay in the head. */
const TEXT_LENGTH = 1_000;

type Mode = Pick<ExecutionOptions, 'interventionMode'>;

/** How an execution takes interventions. @throws FlowError `invalid_request` */
export function modeOf(graph: Graph, requested: unknown): Mode {
  const points = hasPoints(graph);
  if (requested === null || (requested === undefined && !points)) return {};
  if (requested === 'planned' || requested === undefined) return { interventionMode: 'planned' };
  if (requested !== 'auto') {
    throw new FlowError('invalid_request', "interventionMode is 'planned', 'auto' or null.");
  }
  if (!points) return { interventionMode: 'auto' };
  throw new FlowError(
    'invalid_request',
    `Flow "${graph.flow}" has intervention points, so interventionMode can't be 'auto'. Leave it out, or remove the points.`,
  );
}

/** @throws FlowError `invalid_value`, `invalid_request` for what is no short text */
export function interveneEvent(id: string, payload: unknown, options: InterveneOptions): InterveneEvent {
  return {
    type: 'intervene',
    id,
    payload: checkSize(checkJson(payload, 'payload'), 'payload'),
    ...interventionText('target', options.target, 'invalid_request'),
    ...interventionText('author', options.author, 'invalid_request'),
    ...interventionText('note', options.note, 'invalid_request'),
    ...interventionText('claimed', options.claimed, 'invalid_request'),
    ...(options.verified === undefined ? {} : { verified: options.verified }),
  };
}

/** @throws FlowError `interventions_off`, `interventions_closed`, `mismatch` */
export function toInterventionAnswer(head: Head, answer: Answer | undefined): InterventionAnswer {
  const entry = answer && 'entry' in answer && answer.entry.kind === 'intervention' ? answer.entry : undefined;
  if (!entry) {
    const isOff = head.options.interventionMode === undefined;
    throw isOff
      ? new FlowError(
          'interventions_off',
          `Execution ${head.id} takes no interventions. Add an intervention point, or start it with interventionMode 'auto'.`,
        )
      : new FlowError('interventions_closed', `Execution ${head.id} is ${head.lifecycle}: it takes no interventions.`);
  }
  if (answer?.kind === 'mismatch') {
    throw new FlowError('mismatch', `Execution ${head.id} has had another intervention with this id.`);
  }
  const row = head.interventions?.find(({ version }) => version === entry.version);
  return { version: entry.version, status: row?.status ?? 'pending' };
}

export function showInterventions(
  rows: readonly InterventionRow[],
  read: (value: Value) => Promise<Json>,
): Promise<Intervention[]> {
  return Promise.all(rows.map((row) => show(row, read)));
}

async function show(row: InterventionRow, read: (value: Value) => Promise<Json>): Promise<Intervention> {
  const { at, consumers = {}, payload, ...rest } = row;
  const audit = Object.entries(consumers).map(([name, use]) => [name, { ...use, at: iso(use.at) }] as const);
  return { ...rest, payload: await read(payload), createdAt: iso(at), consumers: Object.fromEntries(audit) };
}

/** A chunk's view: what has been inserted, with its own notes. */
export function createInterventions(
  source: StateSource,
  operations: Operations,
  { chunk, clock }: { readonly chunk: string; readonly clock: Clock },
): Interventions {
  const visible = async (): Promise<readonly InterventionRow[]> =>
    ((await source.head()).interventions ?? []).filter(isVisible);

  return {
    async get({ status, target, sinceVersion = 0 } = {}) {
      await operations.done;
      const rows = (await visible()).filter(
        (row) =>
          row.version > sinceVersion &&
          (status === undefined || row.status === status) &&
          (target === undefined || row.target === target),
      );
      return showInterventions(consumed(rows, operations.consumed, clock.now()), source.read);
    },
    consume(version, options = {}) {
      const check = () => checkConsumption(version, options, chunk);
      return operations.perform('consume', String(version), check, async (consumption) => {
        if (!(await visible()).some((row) => row.version === version)) {
          throw new FlowError('invalid_value', `${chunk}: there is no inserted intervention ${version} to consume.`);
        }
        operations.consumed.push(consumption);
      });
    },
  };
}

function checkConsumption(version: number, options: ConsumeOptions, chunk: string): Consumption {
  const { consumer } = { consumer: chunk, ...interventionText('consumer', options.consumer, 'invalid_value') };
  const { status = 'applied' } = options;
  if (status !== 'applied' && status !== 'ignored') {
    throw new FlowError('invalid_value', `${chunk}: consume takes status 'applied' or 'ignored'.`);
  }
  return { version, consumer, status, ...interventionText('note', options.note, 'invalid_value') };
}

function interventionText<Name extends string>(name: Name, text: unknown, code: 'invalid_request' | 'invalid_value') {
  return textOf(name, text, { most: TEXT_LENGTH, what: `${name} of an intervention`, code });
}
