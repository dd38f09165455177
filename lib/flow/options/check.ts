/** Messages about values that do not fit a schema. */
import { type ZodType, z } from 'zod';
import { invalid } from '../checks/definition.ts';
import { nearestOf } from './known.ts';

const LONGEST_TEXT = 100;

/** The first reason why a value does not fit a schema. */
export interface Misfit {
  readonly path: readonly string[];
  /** What to use. */
  readonly message: string;
  /** The part of the value at the path, for a message. */
  readonly found: string;
  /** The part is a text of the wrong form, such as an id with a space. */
  readonly isMalformed: boolean;
  /** The part is an object with a member that is not known. */
  readonly isUnknown: boolean;
}

/** @returns `undefined` if the value fits */
export function misfitOf(schema: ZodType, value: unknown): Misfit | undefined {
  const issue = schema.safeParse(value, { error: explain }).error?.issues[0];
  if (!issue) return undefined;
  const found = issue.path.reduce<unknown>((at, key) => (at as Readonly<Record<PropertyKey, unknown>>)[key], value);
  return {
    path: issue.path.map(String),
    message: messageOf(issue),
    found: show(found),
    isMalformed: issue.code === 'invalid_format',
    isUnknown: issue.code === 'unrecognized_keys',
  };
}

/**
 * The first problem of a value, such as `retry.factor of chunk "a" is 0.5: use a number of at least 1.`
 * @returns `undefined` if the value fits
 */
export function problemOf(schema: ZodType, value: unknown, where: string): string | undefined {
  const misfit = misfitOf(schema, value);
  if (!misfit) return undefined;
  const { path, message, found, isUnknown } = misfit;
  const what = path.length === 0 ? where : `${path.join('.')} of ${where}`;
  return isUnknown ? `${what}: ${message}.` : `${what} is ${found}: ${message}.`;
}

/** For the key of a record, zod puts the reason of the key's schema inside the issue. */
function messageOf(issue: z.core.$ZodIssue): string {
  return (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
}

/** What zod calls a type, as people say it. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** Messages of schemas that have none of their own. @returns `undefined` for the message of zod */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'required';
  switch (issue.code) {
    case 'invalid_type':
      return `use ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return oneOf(issue.values as readonly unknown[]);
    case 'invalid_union':
      return issue.options ? oneOf(issue.options as readonly unknown[]) : undefined;
    case 'unrecognized_keys':
      return unknownKey(issue.keys[0] ?? '', issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : []);
    case 'too_small':
      return `use at least ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `use at most ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
    default:
      return undefined;
  }
}

function oneOf(values: readonly unknown[]): string {
  return `use ${values.length > 1 ? 'one of ' : ''}${values.map(String).join(', ')}`;
}

function unknownKey(key: string, known: readonly string[]): string {
  const name = JSON.stringify(key.slice(0, LONGEST_TEXT));
  const nearest = nearestOf(key, known);
  if (nearest !== undefined) return `${name} is not known; probably "${nearest}" is meant`;
  return `${name} is not known; ${known.length > 0 ? `use ${known.join(', ')}` : 'leave it out'}`;
}

function unitOf(origin: string, count: number | bigint): string {
  const unit = { string: ' character', array: ' item' }[origin];
  return unit === undefined ? '' : `${unit}${Number(count) === 1 ? '' : 's'}`;
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
