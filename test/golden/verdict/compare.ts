/** Compares observed results with the expectation of a case. Informative facts (README.md, "Comparing") are left out. */

import {
  type Case,
  canon,
  type Expectation,
  isObject,
  type Json,
  type JsonObject,
  type Observation,
  type StepSeen,
} from '../format.ts';
import { compareRuns } from './compare-runs.ts';
import { compareStream } from './compare-stream.ts';

/** Errors that an engine may return where the original ignores the call with a warning. */
const IGNORED = new Set(['event_ignored', 'continue_ignored']);

export interface Rules {
  /** JSON pointer patterns (`*` = any index) to leave out. */
  readonly drop: ReadonlySet<string>;
  /** Lists compared as multisets. */
  readonly sort: ReadonlySet<string>;
}

export function compare(source: Case, target: Expectation, seen: Observation): readonly string[] {
  const rules: Rules = {
    drop: new Set([...(target.schedule_dependent ?? []), ...(source.compare?.ignore ?? [])]),
    sort: new Set(target.unordered ?? []),
  };
  const steps = seen.steps.map((step, i) => excuse(step, target.steps[i]));
  const differences: string[] = [];
  diff(normalize(facts(target, target.steps), '', rules), normalize(facts(seen, steps), '', rules), '', differences);
  if (!rules.drop.has('/runs')) differences.push(...compareRuns(target, seen.runs, rules.sort.size > 0));
  if (!rules.drop.has('/stream')) differences.push(...compareStream(target.stream, seen.stream));
  for (const [chunk, most] of Object.entries(target.max_parallel ?? {})) {
    const peak = seen.max_parallel?.[chunk] ?? 0;
    if (peak > most) differences.push(`/max_parallel/${chunk}: ${peak} > ${most}`);
  }
  return differences;
}

export function brokenInvariants({ invariants = [] }: Case, seen: Observation): readonly string[] {
  return invariants.flatMap((each) => {
    const broken: string[] = [];
    if (each.step_fails !== undefined && seen.steps[each.step_fails]?.ok)
      broken.push(`step ${each.step_fails} must fail`);
    for (const [chunk, count] of Object.entries(each.run_count ?? {})) {
      const ran = seen.runs.filter((run) => run.chunk === chunk).length;
      if (ran !== count) broken.push(`${chunk} ran ${ran} times, must be ${count}`);
    }
    for (const item of each.stream_excludes ?? []) {
      if (seen.stream.some((other) => canon(other.item) === canon(item)))
        broken.push(`the stream must not contain ${canon(item)}`);
    }
    for (const [key, value] of Object.entries(each.state_list_contains ?? {})) {
      const found = isObject(seen.close_snapshot) ? seen.close_snapshot[key] : undefined;
      if (!(Array.isArray(found) && found.some((other) => canon(other) === canon(value))))
        broken.push(`${key} must contain ${canon(value)}`);
    }
    return broken;
  });
}

function excuse(step: StepSeen, wanted: StepSeen | undefined): StepSeen {
  const wasIgnored = wanted?.ok && (wanted.warnings ?? []).some((warning) => IGNORED.has(warning));
  if (step.ok || !wasIgnored) return step;
  const { error: _, ...rest } = step;
  return { ...rest, ok: true, ...(wanted.return ? { return: wanted.return } : {}) };
}

function facts(of: Expectation | Observation, steps: readonly StepSeen[]): unknown {
  const { result } = of;
  return {
    steps: steps.map(stepFacts),
    close_snapshot: of.close_snapshot,
    result: result && {
      state: result.state,
      final_result: result.final_result,
      interventions: result.interventions,
      meta: { lifecycle_state: result.meta?.lifecycle_state },
    },
    other_states: of.other_states,
  };
}

function stepFacts({ do: action, ok, error, return: answer, after }: StepSeen): unknown {
  return {
    do: action,
    ok,
    error: ok ? undefined : error?.code,
    return: answer && answerFacts(answer),
    after: after && {
      waiting: after.status === 'waiting',
      lifecycle: after.lifecycle,
      state: after.state,
      interventions: after.interventions,
      pending: sorted(after.pending.map(({ id, ...rest }) => (id === '<auto>' ? rest : { id, ...rest }))),
    },
  };
}

function answerFacts(answer: JsonObject): JsonObject {
  if (!isObject(answer.inspect)) return answer;
  const { diagnostics: _, ...inspect } = answer.inspect;
  return { ...answer, inspect };
}

/** Removes and sorts by pointer. Members without a value count as absent. */
function normalize(value: unknown, at: string, rules: Rules): unknown {
  if (rules.drop.has(at)) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((each) => normalize(each, `${at}/*`, rules));
    return rules.sort.has(at) ? sorted(items) : items;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, each]) => [key, normalize(each, `${at}/${key}`, rules)] as const);
  return Object.fromEntries(members.filter(([, each]) => each !== undefined));
}

export function sorted<T>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => (canon(a) < canon(b) ? -1 : canon(a) > canon(b) ? 1 : 0));
}

function diff(wanted: unknown, got: unknown, at: string, differences: string[]): void {
  if (canon(wanted) === canon(got)) return;
  const a = membersOf(wanted);
  const b = membersOf(got);
  if (!a || !b || Array.isArray(wanted) !== Array.isArray(got)) {
    differences.push(`${at}: expected ${canon(wanted)} got ${canon(got)}`);
    return;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) diff(a[key], b[key], `${at}/${key}`, differences);
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (Array.isArray(value)) return Object.fromEntries(value.map((each: Json, i) => [String(i), each]));
  return isObject(value) ? value : undefined;
}
