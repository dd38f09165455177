/** Declared resource requirements: the live objects an execution needs before it can continue in another process. */

import { z } from 'zod';
import { defined } from '../../defined.ts';
import { FlowError } from '../../errors/errors.ts';
import { json } from '../checks/definition.ts';
import { checkJson, type Json } from '../json.ts';
import { problemOf } from '../options/check.ts';

/** Options of `declareResourceRequirement`. */
export interface RequirementOptions {
  /** `false`: an execution that was loaded continues without the resource. Default true. */
  readonly required?: boolean;
  /** Name of the resolver of the app that makes the object. */
  readonly resolver?: string;
  /** For a required resource that is missing. `closed` (default): loading fails. `open`: it continues without. */
  readonly failPolicy?: 'closed' | 'open';
  /** `policy_forbidden`: the resource must not be used, even if it is available. */
  readonly health?: string;
  /** For a stateful resource: a reference, version or fence that its resolver must validate. */
  readonly stateRef?: Json;
}

/** Members of a requirement in heads, snapshots and documents. */
export const requirementMembers = {
  key: z.string('pass the key of the resource').min(1, 'pass the key of the resource'),
  required: z.boolean('use true or false'),
  failPolicy: z.enum(['closed', 'open'], "use 'closed' or 'open'"),
  resolver: z.string('use the name of a resolver').exactOptional(),
  health: z.string('use a string').exactOptional(),
  stateRef: json.exactOptional(),
};

export const shapeOfRequirement = z.strictObject(requirementMembers).readonly();

export type Requirement = z.infer<typeof shapeOfRequirement>;

/** @throws FlowError `invalid_request`, `invalid_value` (a stateRef that is no JSON) */
export function requirementOf(key: string, { stateRef, ...options }: RequirementOptions): Requirement {
  const requirement = {
    key,
    required: true,
    failPolicy: 'closed' as const,
    ...defined(options),
    ...(stateRef === undefined ? {} : { stateRef: checkJson(stateRef, 'stateRef') }),
  };
  const problem = problemOf(shapeOfRequirement, requirement, `the requirement of resource ${JSON.stringify(key)}`);
  if (problem !== undefined) throw new FlowError('invalid_request', problem);
  return requirement;
}
