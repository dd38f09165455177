/** Attributes: names with a text or a number, by which executions are found. */
import { z } from 'zod';
import { MOST_ATTRIBUTES } from '../ids.ts';
import { FORBIDDEN_KEYS } from '../json.ts';

const LONGEST = 256;

const USE_NAME = 'use a name of 1 to 64 letters, digits or any of _ . -, that begins with a letter';
const USE_VALUE = `use a text of 1 to ${LONGEST} characters, or a number`;
const USE_FEWER = `use at most ${MOST_ATTRIBUTES} attributes`;

export type AttributeValue = string | number;
export type Attributes = Readonly<Record<string, AttributeValue>>;

export const attributeName = z
  .string(USE_NAME)
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, USE_NAME)
  .refine((name) => !FORBIDDEN_KEYS.has(name), 'this name is reserved; use another one');
export const attributeValue = z.union([z.string().min(1, USE_VALUE).max(LONGEST, USE_VALUE), z.number()], USE_VALUE);

export const attributes = z
  .record(attributeName, attributeValue)
  .refine((all) => Object.keys(all).length <= MOST_ATTRIBUTES, USE_FEWER)
  .readonly() as z.ZodType<Attributes>;
