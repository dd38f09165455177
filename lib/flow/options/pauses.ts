/** The schema of `PauseOptions`. */
import { type ZodType, z } from 'zod';
import type { PauseOptions } from '../authoring/interrupt.ts';
import { LONGEST_WAIT } from '../checks/definition.ts';
import { GIVEN_WAIT_ID } from '../ids.ts';

const TYPE = "use a string that names the kind of answer, such as 'approval'";
const RESUME_TO = "use 'next', 'self' or { event }";
const WAIT_ID = `use an id that matches ${GIVEN_WAIT_ID.source}`;
const RESUMES = 'use a whole number of at least 0, or null for any number';
const EXPIRES_IN = 'use a positive whole number of milliseconds, at most 100 years';
const ON_EXPIRY = "use 'fail', { value } or { event }";

const event = z.looseObject({ event: z.string() });
const value = z.custom<{ readonly value: unknown }>((it) => typeof it === 'object' && it !== null && 'value' in it);

const members = {
  type: z.string(TYPE).min(1, TYPE),
  payload: z.unknown(),
  resumeTo: z.union([z.enum(['next', 'self']), event], RESUME_TO),
  resumeEvent: z.string('use the name of a signal'),
  id: z.string(WAIT_ID).regex(GIVEN_WAIT_ID, WAIT_ID),
  maxResumes: z.int(RESUMES).min(0, RESUMES).nullable(),
  expiresIn: z.int(EXPIRES_IN).min(1, EXPIRES_IN).max(LONGEST_WAIT, EXPIRES_IN),
  onExpiry: z.union([z.literal('fail'), event, value], ON_EXPIRY),
  channel: z.string('use the name of an exchange provider'),
  requireActor: z.boolean('use true or false'),
} satisfies { readonly [Key in keyof Required<PauseOptions>]: ZodType };

export const pauseOptions = z.object(members).partial().extend({ type: members.type });
