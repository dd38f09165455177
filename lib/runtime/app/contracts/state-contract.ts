/** The state contract: applies a write to a state key and validates the result. */
import type { core, ZodType } from 'zod';
import type { StateOperation } from '../../../engine/events.ts';
import { applyOperation, FINAL_RESULT, replaces, splitPath } from '../../../engine/values/state-writes.ts';
import { FlowError } from '../../../errors/errors.ts';
import type { AnyFlow } from '../../../flow/authoring/flow.ts';
import { converts } from '../../../flow/checks/schemas.ts';
import { canonical, type Json } from '../../../flow/json.ts';
import { checkSize } from '../checks/checks.ts';
import { schemaOf, validate } from './contract.ts';

/** @throws FlowError `invalid_value` for a key that the contract does not have */
export function stateSchema(flow: AnyFlow, key: string): ZodType | undefined {
  return key === FINAL_RESULT ? flow.contract.result : schemaOf(flow, flow.contract.state, 'state key', key);
}

/**
 * Returns the value of a state key after a write, as its schema outputs it; `undefined` = deleted. A write to a part of
 * the value validates the whole value.
 * @throws FlowError `invalid_value`
 */
export function written(flow: AnyFlow, operation: StateOperation, current: Json | undefined): Json | undefined {
  const { key } = splitPath(operation.path);
  const where = `state.${key}`;
  const schema = stateSchema(flow, key);
  const next = applyOperation(current, operation);
  if (next === undefined) return undefined;
  if (schema && current !== undefined && !replaces(operation) && !isStable(schema, current)) {
    throw new FlowError(
      'invalid_value',
      `${where}: the schema changes its own output, so a part of the value cannot be written. Set the whole key, or make the schema accept its output unchanged.`,
      { details: { path: where } },
    );
  }
  return checkSize(validate(schema, next, where), where);
}

/**
 * The item that an append adds, as the schema outputs it. `undefined`: it can only be checked together with the list.
 * @param bytes size of the list before
 * @throws FlowError `invalid_value`, `value_too_large`
 */
export function appendedItem(flow: AnyFlow, operation: StateOperation, bytes: number): Json | undefined {
  const { key, steps } = splitPath(operation.path);
  if (operation.op !== 'append' || steps.length > 0) return undefined;
  const where = `state.${key}`;
  const schema = stateSchema(flow, key);
  const ofItems = schema && itemSchema(schema);
  if (schema && !ofItems) return undefined;
  return checkSize(validate(ofItems, operation.value, `${where}[]`), where, { before: bytes });
}

/** The schema of the items of a plain list, which are checked one by one. */
function itemSchema(schema: ZodType): ZodType | undefined {
  const { def } = (schema as core.$ZodType as core.$ZodTypes)._zod;
  if (def.type !== 'array' || (def.checks?.length ?? 0) > 0 || converts(schema)) return undefined;
  return def.element as ZodType;
}

/** Whether parsing the value again gives the same value. */
function isStable(schema: ZodType, value: Json): boolean {
  if (!converts(schema)) return true;
  try {
    return canonical(validate(schema, value, '')) === canonical(value);
  } catch (error) {
    if (FlowError.is(error)) return false;
    throw error;
  }
}
