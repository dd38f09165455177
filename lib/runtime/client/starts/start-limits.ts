/**
 * Rejects start options from outside that loosen a limit stated by the flow. Limits that the flow does not state may be
 * set freely.
 */
import { FlowError } from '../../../errors/errors.ts';
import type { AnyFlow } from '../../../flow/authoring/flow.ts';
import type { PolicyDefaults } from '../../../flow/authoring/schema-kinds.ts';
import { type ExecutionDefaults, LOWER_ONLY } from '../../../flow/options/execution.ts';
import type { ChunkPolicy, RetryPolicy } from '../../../flow/options/policies.ts';
import { type App, currentFlows } from '../../app/app.ts';
import type { StartOptions } from '../types.ts';

/** The limits that a flow states: its own, and those of its chunks and sub-flows. */
interface Stated {
  readonly execution: ExecutionDefaults;
  readonly levels: readonly Level[];
}

interface Level {
  readonly defaults: Limits;
  /** Limits of chunks that state their own. */
  readonly own: readonly Limits[];
}

type Limits = Pick<ChunkPolicy, 'retry' | 'timeout'>;

/**
 * Checks start options against the limits of the flow; an unknown flow has none.
 * @throws FlowError `invalid_request`; `details.path` is the option under `where`
 */
export function checkStartLimits(app: App, flow: string, options: StartOptions, where: string): void {
  const { retry = {}, timeout } = options.defaults ?? {};
  const atMost = (path: string, value: number | undefined, limit: number | undefined): void => {
    if (value !== undefined && limit !== undefined && value > limit) throw refused(`${where}.${path}`, 'most', limit);
  };
  const { execution, levels } = statedBy(app, flow);
  for (const name of LOWER_ONLY) atMost(name, options[name], execution[name]);
  for (const level of levels) {
    atMost('defaults.timeout', timeout, level.defaults.timeout);
    atMost('defaults.retry.maxAttempts', retry.maxAttempts, level.defaults.retry?.maxAttempts);
    for (const [name, limit] of pausesOf(level, retry)) {
      const value = retry[name];
      if (value !== undefined && value < limit) throw refused(`${where}.defaults.retry.${name}`, 'least', limit);
    }
  }
}

function statedBy(app: App, name: string): Stated {
  const tasks = app.taskFlows?.find((each) => each.name === name);
  if (tasks) {
    const { execution, defaults, kinds } = tasks;
    const own = Object.values(kinds).map((kind) => (typeof kind === 'function' ? {} : kind));
    return { execution, levels: [{ defaults: limitsOf(defaults), own }] };
  }
  const flow = currentFlows(app).find((each) => each.name === name);
  return flow ? { execution: flow.execution, levels: levelsOf(flow) } : { execution: {}, levels: [] };
}

/** Chunks of a sub-flow use its defaults for what the start leaves out. */
function levelsOf({ graph, children }: AnyFlow): readonly Level[] {
  const own = Object.values(graph.policies);
  return [{ defaults: graph.defaults, own }, ...[...children.values()].flatMap(levelsOf)];
}

function limitsOf({ onError: _, ...limits }: PolicyDefaults): Limits {
  return limits;
}

type Pause = 'initialDelay' | 'factor';

/** Stated retry delays that apply: some chunk without its own value has enough attempts to use the delay. */
function pausesOf({ defaults, own }: Level, given: Partial<RetryPolicy>): readonly (readonly [Pause, number])[] {
  const { retry: stated = {} } = defaults;
  const { maxAttempts: usual = stated.maxAttempts } = given;
  const retries = [{}, ...own.map(({ retry = {} }) => retry)] as readonly Partial<RetryPolicy>[];
  const matters = (name: Pause, attempts: number) =>
    retries.some((retry) => retry[name] === undefined && (retry.maxAttempts ?? usual ?? attempts) >= attempts);
  const { initialDelay, factor } = stated;
  return [
    ...(initialDelay !== undefined && matters('initialDelay', 2) ? [['initialDelay', initialDelay] as const] : []),
    ...(factor !== undefined && matters('factor', 3) ? [['factor', factor] as const] : []),
  ];
}

function refused(path: string, end: 'most' | 'least', limit: number): FlowError {
  const can = end === 'most' ? 'lower' : 'lengthen';
  return new FlowError(
    'invalid_request',
    `${path}: the flow's limit is ${limit}, and a start can only ${can} it. Use at ${end} ${limit}, or leave it out.`,
    { details: { path } },
  );
}
