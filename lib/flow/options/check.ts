/** Messages about values that do not fit a schema. */
import type { ZodType, z } from 'zod';
import { invalid } from '../checks/definition.ts';

const LONGEST_TEXT = 100;

/**
 * The first problem of a value, such as `retry.factor of chunk "a" is 0.5: use a number of at least 1.`
 * @returns `undefined` if the value fits
 */
export function problemOf(schema: ZodType, value: unknown, where: string): string | undefined {
  const issue = schema.safeParse(value).error?.issues[0];
  if (!issue) return undefined;
  const found = issue.path.reduce<unknown>((at, key) => (at as Readonly<Record<PropertyKey, unknown>>)[key], value);
  const what = issue.path.length === 0 ? where : `${issue.path.join('.')} of ${where}`;
  return `${what} is ${show(found)}: ${messageOf(issue)}.`;
}

/** For the key of a record, zod puts the reason of the key's schema inside the issue. */
export function messageOf(issue: z.core.$ZodIssue): string {
  return (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
}

/** @throws FlowError `definition_invalid` if the value does not fit */
export function checkFits(schema: ZodType, value: unknown, where: string): void {
  const problem = problemOf(schema, value, where);
  if (problem !== undefined) throw invalid(problem);
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, LONGEST_TEXT));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
