/** Declared resource requirements: the live objects an execution needs before it can continue in another process. */

import { z } from 'zod';
import { defined } from '../../defined.ts';
import { FlowError } from '../../errors/errors.ts';
import { json, oneOf } from '../checks/definition.ts';
import { checkJson, type Json } from '../json.ts';

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

export const shapeOfRequirement = z
  .strictObject({
    key: z.string().min(1),
    required: z.boolean(),
    failPolicy: z.enum(['closed', 'open']),
    resolver: z.string().exactOptional(),
    health: z.string().exactOptional(),
    stateRef: json.exactOptional(),
  })
  .readonly();

export type Requirement = z.infer<typeof shapeOfRequirement>;

/** @throws FlowError `invalid_request` */
export function requirementOf(key: string, options: RequirementOptions): Requirement {
  const { required = true, resolver, failPolicy = 'closed', health, stateRef } = options;
  if (typeof key !== 'string' || key === '') {
    throw new FlowError('invalid_request', 'A resource requirement has no key. Pass the key of the resource first.');
  }
  const invalid = (what: string) => new FlowError('invalid_request', `Requirement of resource "${key}": ${what}.`);
  if (typeof required !== 'boolean') throw invalid('required must be true or false');
  if (resolver !== undefined && typeof resolver !== 'string') throw invalid('resolver must be the name of a resolver');
  if (health !== undefined && typeof health !== 'string') throw invalid('health must be a string');
  return {
    key,
    required,
    failPolicy: oneOf(`failPolicy of resource "${key}"`, failPolicy, ['closed', 'open']),
    ...defined({ resolver, health }),
    ...(stateRef === undefined ? {} : { stateRef: checkJson(stateRef, 'stateRef') }),
  };
}
