/** Which definition an execution runs on: one of the app's flows, or one that was submitted with its start. */
import type { Head } from '../../engine/head.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { FlowError } from '../../errors/errors.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { Json } from '../../flow/json.ts';
import type { ExecutionDefaults } from '../../flow/options/execution.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import { type App, currentFlow } from './app.ts';
import { checkSize } from './checks.ts';
import { validate } from './contract.ts';

export interface Beginning {
  readonly flow: AnyFlow;
  /** Checked against the contract. */
  readonly input: Json;
  /** To be kept with the execution: the task list that the flow was made from. */
  readonly definition?: Json;
}

/** A submitted list is part of every commit of its execution. */
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
      `The task list has ${size} bytes of JSON, the limit is ${MAX_DEFINITION_BYTES}. Pass large inputs by reference.`,
    );
  }
  try {
    return { flow: tasks.compile(definition), input: submitted, definition };
  } catch (error) {
    if (!FlowError.is(error) || error.code !== 'definition_invalid') throw error;
    throw new FlowError('invalid_input', error.message, { details: { path: 'input.tasks', ...error.details } });
  }
}

/** @throws FlowError `unknown_flow`; `invalid_request` for a flow that is not there before its start */
export function flowToCreate(app: App, name: string): AnyFlow {
  if (!app.taskFlows?.some((each) => each.name === name)) return currentFlow(app, name);
  throw new FlowError('invalid_request', `"${name}" is made of the tasks it is started with. Start it instead.`);
}

/** How an execution runs: as its start says, else as its flow does. */
export function executionOf({ execution }: AnyFlow, options: ExecutionDefaults) {
  const { autoClose = true, autoCloseTimeout = 0, ...rest } = { ...execution, ...options };
  return { ...rest, autoClose, autoCloseTimeout };
}

function submission(input: unknown): { readonly [key: string]: Json } {
  const value = validate(undefined, input, 'input', 'invalid_input');
  const members = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  const unknown = Object.keys(members ?? {}).find((key) => key !== 'tasks' && key !== 'input');
  if (members && unknown === undefined) return members as { readonly [key: string]: Json };
  const what = unknown === undefined ? 'is no object' : `has a member "${unknown}"`;
  throw new FlowError('invalid_input', `The input ${what}; a task flow starts with { tasks, input? }.`, {
    details: { path: 'input' },
  });
}

/**
 * The version an execution runs on, or `undefined` when this app does not hold it. A head of a later format belongs to a later
 * version of this package: nothing of it may be read here.
 */
export function findFlow(
  app: App,
  head: Pick<Head, 'format' | 'flow' | 'fingerprint' | 'definition'>,
): AnyFlow | undefined {
  if (head.format !== 1) return undefined;
  if (head.definition === undefined) {
    return app.flows.find((flow) => flow.name === head.flow && flow.fingerprint === head.fingerprint);
  }
  const tasks = app.taskFlows?.find((each) => each.name === head.flow);
  try {
    const flow = tasks?.compile(head.definition, { storedAs: head.fingerprint });
    return flow?.fingerprint === head.fingerprint ? flow : undefined;
  } catch (error) {
    // Kinds that this app does not have any more.
    if (FlowError.is(error)) return undefined;
    throw error;
  }
}

/** @throws FlowError `definition_missing` when this app does not hold the version the execution runs on */
export function flowOf(app: App, { head }: Pick<ExecutionRecord, 'head'>): AnyFlow {
  const flow = findFlow(app, head);
  if (flow) return flow;
  throw new FlowError(
    'definition_missing',
    `Execution ${head.id} runs a version of "${head.flow}" that this app does not hold. Deploy it beside the new one.`,
  );
}
