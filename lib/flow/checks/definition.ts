/** Checks of what a definition is made of, before anything runs. */
import { fromJSONSchema, toJSONSchema, type ZodType, z } from 'zod';
import { FlowError } from '../../errors/errors.ts';
import { NAME } from '../ids.ts';
import type { Json } from '../json.ts';
import type { ExecutionDefaults } from '../options/execution.ts';

/** Milliseconds, 100 years: whatever is due then is still a date, and a whole number in JSON. */
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

/** Why a text cannot name anything; `undefined`: it can. */
export function nameProblem(name: string): string | undefined {
  if (!NAME.test(name)) return 'is not valid. Use 1 to 128 of A-Z a-z 0-9 _ . -';
  // Names become keys of plain objects, where members of Object.prototype would be found instead.
  return name in {} || name === 'prototype' ? 'is reserved by JavaScript. Use another.' : undefined;
}

/** What flows, chunks, signals and the like may be called. */
export const name = z.string().superRefine((text, { addIssue }) => {
  const problem = nameProblem(text);
  if (problem !== undefined) addIssue(problem);
});

export const json: z.ZodType<Json> = z.json();

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

/** The cap of a flow, as its graph keeps it for sub-flows. */
export function capOf({ concurrency }: ExecutionDefaults): { readonly concurrency?: number } {
  return concurrency === undefined ? {} : { concurrency };
}

/** Schemas that were read from JSON keep the text they were read from: reading and writing alone would change it. */
const origins = new WeakMap<ZodType, Json>();

/** The JSON schema of what a schema accepts; what JSON schema cannot say is left open. */
export function schemaJson(schema: ZodType): Json {
  const known = origins.get(schema);
  if (known !== undefined) return known;
  const text = JSON.stringify(toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }));
  return JSON.parse(text) as Json;
}

/** The other way round: refinements and transforms are not in JSON. @throws when it is no JSON schema */
export function schemaOf(text: Json): ZodType {
  const schema = fromJSONSchema(text as Parameters<typeof fromJSONSchema>[0]);
  origins.set(schema, text);
  return schema;
}
