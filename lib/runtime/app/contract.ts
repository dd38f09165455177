/** Checks of the flow's contract: everything that enters a head is JSON and, where a schema says so, of its shape. */
import { core, type ZodType } from 'zod';
import { FlowError, type FlowErrorCode } from '../../errors/errors.ts';
import { className } from '../../errors/thrown.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import { checkJson, type Json } from '../../flow/json.ts';

/**
 * The value as the schema gives it back, as plain JSON.
 * @throws FlowError with `code`, naming the first path that does not fit; `definition_invalid` where the schema is at fault: it
 * is asynchronous, or gives no JSON
 */
export function validate(
  schema: ZodType | undefined,
  value: unknown,
  where: string,
  code: FlowErrorCode = 'invalid_value',
): Json {
  if (!schema) return checkJson(value, where);
  const parsed = parse(schema, value, where, code);
  if (parsed.success) return outputOf(parsed.data, value, where);
  const [issue] = parsed.error.issues;
  const path = [where, ...(issue?.path.map(String) ?? [])].join('.');
  throw new FlowError(code, `${path}: ${issue?.message ?? 'does not fit'}.`, {
    details: { path },
    cause: parsed.error,
  });
}

function parse(schema: ZodType, value: unknown, where: string, code: FlowErrorCode): ReturnType<ZodType['safeParse']> {
  try {
    return schema.safeParse(value);
  } catch (cause) {
    const details = { path: where };
    if (isAsync(cause)) {
      throw new FlowError(
        'definition_invalid',
        `${where}: its schema is asynchronous. Schemas are parsed synchronously: do that check in a chunk.`,
        { details, cause },
      );
    }
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FlowError(code, `${where}: its schema threw an error: ${message}.`, { details, cause });
  }
}

/** By class or its name: the schema may be of another copy of zod, such as its CommonJS build. */
function isAsync(cause: unknown): boolean {
  return cause instanceof core.$ZodAsyncError || className(cause) === '$ZodAsyncError';
}

/** What is no JSON is the fault of the schema where the value itself was JSON. */
function outputOf(output: unknown, value: unknown, where: string): Json {
  try {
    return checkJson(output, where);
  } catch (error) {
    checkJson(value, where);
    const message = error instanceof Error ? error.message : '';
    throw new FlowError('definition_invalid', `The schema gives what is not JSON. ${message}`, {
      details: { path: where },
      cause: error,
    });
  }
}

/** @throws FlowError `invalid_value` for a signal that the contract does not have */
export function signalSchema(flow: AnyFlow, name: string): ZodType | undefined {
  return schemaOf(flow, flow.contract.signals, 'signal', name);
}

/** @throws FlowError `invalid_value` for a signal that the contract does not have */
export function conformSignal(flow: AnyFlow, name: string, value: unknown): Json {
  return validate(signalSchema(flow, name), value, `signal ${name}`);
}

/** The schema of an answer that a chunk takes and that becomes a signal: the resume schema parses it first. */
export function answerSchema(resume: ZodType | undefined, signal: ZodType | undefined): ZodType | undefined {
  return resume && signal ? resume.pipe(signal) : (resume ?? signal);
}

/** The schema of a name. @throws FlowError `invalid_value` for one that the contract does not have */
export function schemaOf(
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
