/** Contract checks: every value that enters a head is JSON and matches its schema, where there is one. */
import { core, type ZodType } from 'zod';
import { FlowError, type FlowErrorCode } from '../../../errors/errors.ts';
import { className } from '../../../errors/thrown.ts';
import type { AnyFlow } from '../../../flow/authoring/flow.ts';
import { checkJson, type Json } from '../../../flow/json.ts';

/**
 * Returns the output of the schema as plain JSON.
 * @throws FlowError with `code` and the first path that does not fit; `definition_invalid` when the schema is
 * asynchronous or its output is not JSON
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
  throw new FlowError(code, `${path}: ${issue?.message ?? 'does not match its schema'}.`, {
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
        `${where}: its schema is asynchronous. Make the schema synchronous, and do the asynchronous check in a chunk.`,
        { details, cause },
      );
    }
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FlowError(code, `${where}: the schema threw an error: ${message}.`, { details, cause });
  }
}

/** Compares the class name too: the schema may come from another copy of zod, such as its CommonJS build. */
function isAsync(cause: unknown): boolean {
  return cause instanceof core.$ZodAsyncError || className(cause) === '$ZodAsyncError';
}

/** Blames the schema only when the input itself was JSON. */
function outputOf(output: unknown, value: unknown, where: string): Json {
  try {
    return checkJson(output, where);
  } catch (error) {
    checkJson(value, where);
    const message = error instanceof Error ? error.message : '';
    throw new FlowError('definition_invalid', `The output of the schema is not JSON. ${message}`, {
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

/**
 * Schema of an answer. When the answer becomes a signal, the chunk's resume schema parses it before the signal schema.
 */
export function answerSchema(resume: ZodType | undefined, signal: ZodType | undefined): ZodType | undefined {
  return resume && signal ? resume.pipe(signal) : (resume ?? signal);
}

/**
 * Returns the schema of a name; `undefined` when the contract declares none of this kind.
 * @throws FlowError `invalid_value` for a name that the contract lacks
 */
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
