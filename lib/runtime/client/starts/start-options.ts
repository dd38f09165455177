/** Checks of start options, before anything is stored. */
import { FlowError } from '../../../errors/errors.ts';
import type { AnyFlow } from '../../../flow/authoring/flow.ts';
import { optionsProblem } from '../../../flow/options/execution.ts';
import type { StartOptions } from '../types.ts';

const WITH_ZONE = /^(\d{4}-\d\d-\d\d)T.*(Z|[+-]\d\d:\d\d)$/;
const YEAR = 366 * 24 * 3_600_000;

/** @throws FlowError `invalid_request` naming the option */
export function checkStartOptions(flow: AnyFlow, options: StartOptions, now: number): void {
  const problem = optionsProblem(flow.name, options);
  if (problem !== undefined) throw invalid(problem);
  const { startAt, defaults: { onError } = {} } = options;
  if (startAt !== undefined && !(isTime(startAt) && Date.parse(startAt) <= now + YEAR)) {
    throw invalid(
      `startAt is "${startAt}". Pass an ISO 8601 time with a zone, at most one year ahead, such as 2026-03-01T09:00:00Z.`,
    );
  }
  if (typeof onError === 'object' && !Object.hasOwn(flow.graph.nodes, onError.handler)) {
    throw invalid(
      `defaults.onError names the handler "${onError.handler}". Use a chunk at the top level of flow "${flow.name}".`,
    );
  }
}

/** Checks the day separately: `Date.parse` reads February 30 as March 2. */
function isTime(text: string): boolean {
  const day = WITH_ZONE.exec(text)?.[1];
  const start = Date.parse(`${day}T00:00:00Z`);
  return day !== undefined && Number.isFinite(start) && new Date(start).toISOString().startsWith(day);
}

function invalid(message: string): FlowError {
  return new FlowError('invalid_request', message);
}
