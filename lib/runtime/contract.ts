/** Checks of the flow's contract: everything that enters a head is JSON and, where a schema says so, of its shape. */
import type { ZodType } from 'zod';
import { FlowError, type FlowErrorCode } from '../errors.ts';
import type { AnyFlow } from '../flow/flow.ts';
import { checkJson, type Json } from '../flow/json.ts';

/**
 * The value as the schema gives it back, as plain JSON.
 * @throws FlowError with `code`, naming the first path that does not fit
 */
export function conform(
  schema: ZodType | undefined,
  value: unknown,
  where: string,
  code: FlowErrorCode = 'invalid_value',
): Json {
  if (!schema) return checkJson(value, where);
  const parsed = schema.safeParse(value);
  if (parsed.success) return checkJson(parsed.data, where);
  const [issue] = parsed.error.issues;
  const path = [where, ...(issue?.path.map(String) ?? [])].join('.');
  throw new FlowError(code, `${path}: ${issue?.message ?? 'does not fit'}.`, {
    details: { path },
    cause: parsed.error,
  });
}

/** @throws FlowError `invalid_value` for a signal that the contract does not have */
export function conformSignal(flow: AnyFlow, name: string, value: unknown): Json {
  return conform(member(flow, flow.contract.signals, 'signal', name), value, `signal ${name}`);
}

/** The schema of a state key. @throws FlowError `invalid_value` for a key that the contract does not have */
export function stateSchema(flow: AnyFlow, key: string): ZodType | undefined {
  return member(flow, flow.contract.state, 'state key', key);
}

function member(
  flow: AnyFlow,
  schemas: Readonly<Record<string, ZodType>> | undefined,
  what: string,
  name: string,
): ZodType | undefined {
  if (!schemas) return undefined;
  if (Object.hasOwn(schemas, name)) return schemas[name];
  throw new FlowError(
    'invalid_value',
    `Flow "${flow.name}" has no ${what} "${name}". Add it to the contract of defineFlow.`,
  );
}
