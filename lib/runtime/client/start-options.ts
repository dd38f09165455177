/** What a caller may say about one execution, checked before anything is stored. */
import { FlowError } from '../../errors/errors.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import { checkExecution, checkPolicy } from '../../flow/graph/definition.ts';
import type { StartOptions } from './types.ts';

const WITH_ZONE = /^(\d{4}-\d\d-\d\d)T.*(Z|[+-]\d\d:\d\d)$/;
const YEAR = 366 * 24 * 3_600_000;

/** @throws FlowError `invalid_request` naming the option */
export function checkStartOptions(
  flow: AnyFlow,
  { autoClose = true, defaults = {}, startAt, ...options }: StartOptions,
  now: number,
): void {
  try {
    checkExecution(flow.name, options);
    checkPolicy('the execution', defaults);
  } catch (error) {
    if (!FlowError.is(error)) throw error;
    throw new FlowError('invalid_request', error.message, { cause: error });
  }
  if (startAt !== undefined && !(isTime(startAt) && Date.parse(startAt) <= now + YEAR)) {
    throw invalid(`startAt is "${startAt}"; write a time within a year with its zone, such as 2026-03-01T09:00:00Z.`);
  }
  if (typeof autoClose !== 'boolean') throw invalid('autoClose is true or false.');
  const { onError = 'fail' } = defaults;
  if (onError === 'fail' || onError === 'skip') return;
  const handler = typeof onError === 'object' ? onError?.handler : undefined;
  if (handler === undefined || !Object.hasOwn(flow.graph.nodes, handler)) {
    throw invalid(
      `defaults.onError is 'fail', 'skip' or { handler }, a chunk at the top level of flow "${flow.name}".`,
    );
  }
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function isTime(text: string): boolean {
  const day = WITH_ZONE.exec(text)?.[1];
  const start = Date.parse(`${day}T00:00:00Z`);
  return day !== undefined && Number.isFinite(start) && new Date(start).toISOString().startsWith(day);
}

function invalid(message: string): FlowError {
  return new FlowError('invalid_request', message);
}
