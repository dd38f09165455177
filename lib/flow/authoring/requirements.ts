/** Declared resource requirements: which live objects an execution cannot go on without once it is loaded elsewhere. */
import { z } from 'zod';
import { FlowError } from '../../errors/errors.ts';
import { json, oneOf } from '../checks/definition.ts';
import { checkJson, type Json } from '../json.ts';

export interface RequirementOptions {
  /** Default true. */
  readonly required?: boolean;
  /** Name of who can make the object, among the resolvers of the app. */
  readonly resolver?: string;
  /** `open`: without it the execution goes on all the same. Default `closed`. */
  readonly failPolicy?: 'closed' | 'open';
  /** `policy_forbidden`: it must not be used, even where it is there. */
  readonly health?: string;
  /** Of a stateful resource: a reference, version or fence that its resolver has to validate. */
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
    throw new FlowError('invalid_request', 'A resource requirement needs the key of the resource.');
  }
  const invalid = (what: string) => new FlowError('invalid_request', `Resource "${key}": ${what}.`);
  if (typeof required !== 'boolean') throw invalid('required is true or false');
  if (resolver !== undefined && typeof resolver !== 'string') throw invalid('resolver is the name of a resolver');
  if (health !== undefined && typeof health !== 'string') throw invalid('health is a text');
  return {
    key,
    required,
    failPolicy: oneOf(`failPolicy of resource "${key}"`, failPolicy, ['closed', 'open']),
    ...(resolver === undefined ? {} : { resolver }),
    ...(health === undefined ? {} : { health }),
    ...(stateRef === undefined ? {} : { stateRef: checkJson(stateRef, 'stateRef') }),
  };
}
