/** Checks of the parts of a definition, before anything runs. */
import { fromJSONSchema, toJSONSchema, type ZodType, z } from 'zod';
import { FlowError } from '../../errors/errors.ts';
import { NAME } from '../ids.ts';
import type { Json } from '../json.ts';
import type { ExecutionDefaults } from '../options/execution.ts';

/** Longest wait in milliseconds, 100 years: the due time is still a valid date and an exact integer in JSON. */
export const LONGEST_WAIT = 100 * 365 * 24 * 3_600_000;

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
  | 'task';

/** Why a string cannot be a name; `undefined` if it can. */
export function nameProblem(name: string): string | undefined {
  if (!NAME.test(name)) return 'is not valid. Use 1 to 128 of A-Z a-z 0-9 _ . -';
  // Names become keys of plain objects, where members of Object.prototype would be found instead.
  return name in {} || name === 'prototype' ? 'is reserved by JavaScript. Use another name.' : undefined;
}

/** Schema of the names of flows, chunks, signals and the like. */
export const name = z.string().superRefine((text, { addIssue }) => {
  const problem = nameProblem(text);
  if (problem !== undefined) addIssue(problem);
});

export const json: z.ZodType<Json> = z.json();

/** @throws FlowError `definition_invalid` */
export function checkName(kind: Named, name: string): void {
  const problem = typeof name === 'string' ? nameProblem(name) : 'is not a string.';
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

/** The concurrency limit of a flow, as its graph stores it for its use as a sub-flow. */
export function capOf({ concurrency }: ExecutionDefaults): { readonly concurrency?: number } {
  return concurrency === undefined ? {} : { concurrency };
}

/** The JSON that a schema was read from. Converting it to zod and back would change it, and with it the fingerprint. */
const origins = new WeakMap<ZodType, Json>();

/** The JSON schema of the values a schema accepts. Types that JSON schema cannot express accept anything. */
export function schemaJson(schema: ZodType): Json {
  const known = origins.get(schema);
  if (known !== undefined) return known;
  const text = JSON.stringify(toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }));
  return JSON.parse(text) as Json;
}

/** The zod schema of a JSON schema, without refinements and transforms. @throws an Error if `text` is no JSON schema */
export function schemaOf(text: Json): ZodType {
  const schema = fromJSONSchema(text as Parameters<typeof fromJSONSchema>[0]);
  origins.set(schema, text);
  return schema;
}
