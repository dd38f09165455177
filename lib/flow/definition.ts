/** Checks of what a definition is made of, before anything runs. */
import { toJSONSchema, type ZodType } from 'zod';
import { FlowError } from '../errors.ts';
import type { ExecutionDefaults } from './flow.ts';
import type { ChunkPolicy } from './graph.ts';
import type { Json } from './json.ts';

const NAME = /^[A-Za-z0-9_.-]{1,128}$/;

export function invalid(message: string): FlowError<'definition_invalid'> {
  return new FlowError('definition_invalid', message);
}

/** @throws FlowError `definition_invalid` */
export function checkName(kind: 'flow' | 'chunk' | 'signal' | 'state key' | 'resource', name: string): void {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw invalid(`The ${kind} name ${JSON.stringify(name)} is not valid. Use 1 to 128 of A-Z a-z 0-9 _ . -`);
  }
  // Names become keys of plain objects, where members of Object.prototype would be found instead.
  if (name in {} || name === 'prototype')
    throw invalid(`The ${kind} name "${name}" is reserved by JavaScript. Use another.`);
  if (kind === 'state key' && name.includes('.')) {
    throw invalid(`The state key "${name}" has a dot, which separates paths. Use another name.`);
  }
}

/** @throws FlowError `definition_invalid` */
export function checkPolicy(where: string, policy: ChunkPolicy): ChunkPolicy {
  const { maxAttempts = 1, initialDelay = 0, factor = 1, jitter = 0 } = policy.retry ?? {};
  if (!Number.isSafeInteger(maxAttempts) || maxAttempts < 1)
    throw invalid(`retry.maxAttempts of ${where} must be an integer of at least 1.`);
  if (!(initialDelay >= 0 && initialDelay < Infinity))
    throw invalid(`retry.initialDelay of ${where} must be 0 or more milliseconds.`);
  if (!(factor >= 1 && factor < Infinity)) throw invalid(`retry.factor of ${where} must be at least 1.`);
  if (!(jitter >= 0 && jitter <= 1)) throw invalid(`retry.jitter of ${where} must be between 0 and 1.`);
  return policy;
}

/** @throws FlowError `definition_invalid` */
export function checkExecution(flow: string, execution: ExecutionDefaults): ExecutionDefaults {
  const timeout = execution.autoCloseTimeout ?? 0;
  if (!(timeout >= 0 && timeout < Infinity)) {
    throw invalid(`autoCloseTimeout of flow "${flow}" must be 0 or more milliseconds, or null for never.`);
  }
  return execution;
}

/** The JSON schema of what a schema accepts; what JSON schema cannot say is left open. */
export function schemaJson(schema: ZodType): Json {
  const json: Json = JSON.parse(JSON.stringify(toJSONSchema(schema, { unrepresentable: 'any', io: 'input' })));
  return json;
}
