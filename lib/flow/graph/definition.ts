/** Checks of what a definition is made of, before anything runs. */
import { fromJSONSchema, toJSONSchema, type ZodType } from 'zod';
import { FlowError } from '../../errors/errors.ts';
import type { ExecutionDefaults } from '../authoring/flow.ts';
import type { Json } from '../json.ts';
import type { RetryPolicy } from './graph.ts';

/** Milliseconds, 100 years: whatever is due then is still a date, and a whole number in JSON. */
export const LONGEST_WAIT = 100 * 365 * 24 * 3_600_000;

const NAME = /^[A-Za-z0-9_.-]{1,128}$/;

export function invalid(
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): FlowError<'definition_invalid'> {
  return new FlowError('definition_invalid', message, { details });
}

type Named =
  | 'flow'
  | 'chunk'
  | 'signal'
  | 'state key'
  | 'flowData key'
  | 'resource'
  | 'collection'
  | 'branch'
  | 'tap'
  | 'intervention point'
  | 'target'
  | 'task'
  | 'workspace';

/** Why a text cannot name anything; `undefined`: it can. */
export function nameProblem(name: string): string | undefined {
  if (!NAME.test(name)) return 'is not valid. Use 1 to 128 of A-Z a-z 0-9 _ . -';
  // Names become keys of plain objects, where members of Object.prototype would be found instead.
  return name in {} || name === 'prototype' ? 'is reserved by JavaScript. Use another.' : undefined;
}

/** @throws FlowError `definition_invalid` */
export function checkName(kind: Named, name: string): void {
  const problem = typeof name === 'string' ? nameProblem(name) : 'is not a text.';
  if (problem !== undefined) throw invalid(`The ${kind} name ${JSON.stringify(name)} ${problem}`);
  if (kind.endsWith(' key') && name.includes('.')) {
    throw invalid(`The ${kind} "${name}" has a dot, which separates paths. Use another name.`);
  }
}

/** @throws FlowError `definition_invalid` */
export function oneOf<const Choice extends string>(what: string, value: unknown, choices: readonly Choice[]): Choice {
  const choice = choices.find((each) => each === value);
  if (choice === undefined)
    throw invalid(`The ${what} is ${JSON.stringify(value)}. Use ${choices.map((each) => `"${each}"`).join(' or ')}.`);
  return choice;
}

/** @throws FlowError `definition_invalid` */
export function checkConcurrency(where: string, concurrency: number): void {
  if (!Number.isSafeInteger(concurrency) || concurrency < 1)
    throw invalid(`concurrency of ${where} must be an integer of at least 1.`);
}

/** The cap of a flow, as its graph keeps it for sub-flows. */
export function capOf({ concurrency }: ExecutionDefaults): { readonly concurrency?: number } {
  return concurrency === undefined ? {} : { concurrency };
}

/** @throws FlowError `definition_invalid` */
export function checkPolicy(where: string, policy: { retry?: Partial<RetryPolicy>; timeout?: number }): void {
  const { maxAttempts = 1, initialDelay = 0, factor = 1, jitter = 0 } = policy.retry ?? {};
  if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1)
    throw invalid(`retry.maxAttempts of ${where} must be an integer of at least 1.`);
  if (!(initialDelay >= 0 && initialDelay < Infinity))
    throw invalid(`retry.initialDelay of ${where} must be 0 or more milliseconds.`);
  if (!(factor >= 1 && factor < Infinity)) throw invalid(`retry.factor of ${where} must be at least 1.`);
  if (!(jitter >= 0 && jitter <= 1)) throw invalid(`retry.jitter of ${where} must be between 0 and 1.`);
  const { timeout = 1 } = policy;
  if (!(timeout > 0 && timeout < Infinity)) throw invalid(`timeout of ${where} must be more than 0 milliseconds.`);
}

/** @throws FlowError `definition_invalid` */
export function checkExecution(flow: string, execution: ExecutionDefaults): ExecutionDefaults {
  const {
    autoCloseTimeout,
    concurrency,
    hopBudget = 1,
    nowait = 'queue',
    durability = 'sync',
    workspace = false,
  } = execution;
  const timeout = autoCloseTimeout ?? 0;
  if (!(timeout >= 0 && timeout <= LONGEST_WAIT)) {
    throw invalid(
      `autoCloseTimeout of flow "${flow}" must be 0 or more milliseconds, at most 100 years, or null for never.`,
    );
  }
  if (concurrency !== undefined) checkConcurrency(`flow "${flow}"`, concurrency);
  if (workspace !== false) checkName('workspace', workspace);
  if (!Number.isInteger(hopBudget) || hopBudget < 1) {
    throw invalid(`hopBudget of flow "${flow}" is ${hopBudget}. Use a whole number of at least 1.`);
  }
  oneOf(`nowait of flow "${flow}"`, nowait, ['queue', 'inline']);
  oneOf(`durability of flow "${flow}"`, durability, ['sync', 'exit']);
  return execution;
}

/** Schemas that were read from JSON keep the text they were read from: reading and writing alone would change it. */
const origins = new WeakMap<ZodType, Json>();

/** The JSON schema of what a schema accepts; what JSON schema cannot say is left open. */
export function schemaJson(schema: ZodType): Json {
  const known = origins.get(schema);
  if (known !== undefined) return known;
  const json: Json = JSON.parse(JSON.stringify(toJSONSchema(schema, { unrepresentable: 'any', io: 'input' })));
  return json;
}

/** The other way round: refinements and transforms are not in JSON. @throws when it is no JSON schema */
export function schemaOf(json: Json): ZodType {
  const schema = fromJSONSchema(json as Parameters<typeof fromJSONSchema>[0]);
  origins.set(schema, json);
  return schema;
}
