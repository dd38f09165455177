/**
 * Finds the definition an execution runs: a flow of the app, or one compiled from the task list submitted at its start.
 */
import type { Head } from '../../engine/head.ts';
import { checkReadable, isReadable } from '../../engine/limits/readable.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { FlowError } from '../../errors/errors.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { Json } from '../../flow/json.ts';
import { type ChosenOptions, type ExecutionOptions, toStored } from '../../flow/options/execution.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Stores } from '../../ports/ports.ts';
import { type App, currentFlow } from './app.ts';
import { checkSize } from './checks/checks.ts';
import { validate } from './contracts/contract.ts';

export interface Beginning {
  readonly flow: AnyFlow;
  /** The input, validated against the contract. */
  readonly input: Json;
  /** The submitted task list, stored with the execution. */
  readonly definition?: Json;
}

/** Limit for a submitted task list: the list is part of the head, which every commit writes. */
const MAX_DEFINITION_BYTES = 64 * 1024;

/** @throws FlowError `unknown_flow`, `invalid_input` (with `details.problems` for a task list), `value_too_large` */
export function beginningOf(app: App, name: string, input: unknown): Beginning {
  const tasks = app.taskFlows?.find((each) => each.name === name);
  if (!tasks) {
    const flow = currentFlow(app, name);
    return { flow, input: checkSize(validate(flow.contract.input, input, 'input', 'invalid_input'), 'input') };
  }
  const submitted = submission(input);
  const definition = { tasks: submitted.tasks ?? null };
  const size = bytesOf(definition);
  if (size > MAX_DEFINITION_BYTES) {
    throw new FlowError(
      'value_too_large',
      `Task list of flow "${name}" has ${size} bytes of JSON; the limit is ${MAX_DEFINITION_BYTES}. Pass large inputs by reference.`,
    );
  }
  try {
    return { flow: tasks.compile(definition), input: submitted, definition };
  } catch (error) {
    if (!FlowError.is(error) || error.code !== 'definition_invalid') throw error;
    throw new FlowError('invalid_input', error.message, { details: { path: 'input.tasks', ...error.details } });
  }
}

/** @throws FlowError `unknown_flow`; `invalid_request` for a task flow, which does not exist before its start */
export function flowToCreate(app: App, name: string): AnyFlow {
  if (!app.taskFlows?.some((each) => each.name === name)) return currentFlow(app, name);
  throw new FlowError(
    'invalid_request',
    `Task flow "${name}" cannot be created without tasks. Call start with its tasks instead.`,
  );
}

/** Options of an execution: those of its start override those of its flow. */
export function executionOf({ execution }: AnyFlow, options: ChosenOptions): ExecutionOptions {
  return toStored({ ...execution, ...options });
}

function submission(input: unknown): { readonly [key: string]: Json } {
  const value = validate(undefined, input, 'input', 'invalid_input');
  const members = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  const unknown = Object.keys(members ?? {}).find((key) => key !== 'tasks' && key !== 'input');
  if (members && unknown === undefined) return members as { readonly [key: string]: Json };
  const what = unknown === undefined ? 'is not an object' : `has a member "${unknown}"`;
  throw new FlowError('invalid_input', `The input ${what}. Start a task flow with { tasks, input? }.`, {
    details: { path: 'input' },
  });
}

/**
 * Returns the flow version of an execution, or `undefined` when this app lacks it. A later head format belongs to a
 * later package version, so this version must not read it.
 */
export function findFlow(
  app: App,
  head: Pick<Head, 'format' | 'flow' | 'fingerprint' | 'definition'>,
): AnyFlow | undefined {
  if (!isReadable(head)) return undefined;
  if (head.definition === undefined) {
    return app.flows.find((flow) => flow.name === head.flow && flow.fingerprint === head.fingerprint);
  }
  const tasks = app.taskFlows?.find((each) => each.name === head.flow);
  try {
    const flow = tasks?.compile(head.definition, { storedAs: head.fingerprint });
    return flow?.fingerprint === head.fingerprint ? flow : undefined;
  } catch (error) {
    // The list uses task kinds that the app no longer defines.
    if (FlowError.is(error)) return undefined;
    throw error;
  }
}

/** Loads an execution. @throws FlowError `newer_format` when a later version of the package wrote it */
export async function loadReadable(
  { executions }: Pick<Stores, 'executions'>,
  id: string,
): Promise<ExecutionRecord | undefined> {
  const record = await executions.load(id);
  if (record) checkReadable(record.head);
  return record;
}

/** @throws FlowError `definition_missing` when this app lacks the flow version of the execution */
export function flowOf(app: App, { head }: Pick<ExecutionRecord, 'head'>): AnyFlow {
  const flow = findFlow(app, head);
  if (flow) return flow;
  throw new FlowError(
    'definition_missing',
    `Execution ${head.id} runs a version of flow "${head.flow}" that this app lacks. Deploy that version beside the new one.`,
  );
}
