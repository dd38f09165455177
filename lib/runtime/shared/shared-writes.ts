/** Checks the arguments of shared-data writes, for chunks and hosts alike. */
import type { StateOperation } from '../../engine/events.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { applyOperation } from '../../engine/values/state-writes.ts';
import { FlowError } from '../../errors/errors.ts';
import type { SharedOptions } from '../../flow/authoring/facilities.ts';
import { checkJson, type Json } from '../../flow/json.ts';
import { MAX_ROW_BYTES } from '../../ports/value-store.ts';
import { checkNumber, checkPath } from '../app/checks/checks.ts';

/** @param write receives a function that makes the operation and throws on bad arguments */
export function sharedWrites<Options extends SharedOptions>(
  write: (path: string, make: () => StateOperation, options: Options | undefined) => Promise<void>,
): {
  set(path: string, value: Json, options?: Options): Promise<void>;
  append(path: string, item: Json, options?: Options): Promise<void>;
  increment(path: string, by?: number, options?: Options): Promise<void>;
  delete(path: string, options?: Options): Promise<void>;
} {
  const put = (op: 'set' | 'append') => (path: string, value: Json, options?: Options) =>
    write(path, () => ({ op, path: checked(path), value: checkShared(value, path) }), options);
  return {
    set: put('set'),
    append: put('append'),
    increment: (path, by = 1, options) =>
      write(path, () => ({ op: 'increment', path: checked(path), by: checkNumber(by, path, 'flowData') }), options),
    delete: (path, options) => write(path, () => ({ op: 'delete', path: checked(path) }), options),
  };
}

/** @throws FlowError `invalid_value` whose message names flowData */
export function applyShared(value: Json | undefined, operation: StateOperation): Json | undefined {
  try {
    return applyOperation(value, operation);
  } catch (error) {
    throw FlowError.is(error) ? aboutShared(error) : error;
  }
}

export function aboutShared({ code, message, details }: FlowError): FlowError {
  return new FlowError(code, message.replace(/^state\./, 'flowData.'), { details });
}

function checked(path: string): string {
  checkPath(path, 'flowData');
  return path;
}

function checkShared(value: unknown, path: string): Json {
  const json = checkJson(value, `flowData.${path}`);
  const size = bytesOf(json);
  if (size <= MAX_ROW_BYTES) return json;
  throw new FlowError(
    'value_too_large',
    `flowData.${path}: ${size} bytes of JSON; the limit is ${MAX_ROW_BYTES}. Store the value elsewhere and write a reference.`,
  );
}
