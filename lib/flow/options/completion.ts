/** `completion` of `batch`, `forEach` and `match` in `all` mode: when the operator continues, and how many failures it tolerates. */
import { z } from 'zod';
import type { Predicate } from '../authoring/flow.ts';
import { invalid } from '../checks/definition.ts';
import { canonical, checkJson } from '../json.ts';
import { checkFits } from './check.ts';
import { atLeastOne } from './policies.ts';

const COUNT = 'use a whole number of at least 0';
const PERCENTAGE = 'use a number from 0 to 100';

const numbers = {
  minSuccessful: atLeastOne.exactOptional(),
  toleratedFailureCount: z.int(COUNT).min(0, COUNT).exactOptional(),
  toleratedFailurePercentage: z.number(PERCENTAGE).min(0, PERCENTAGE).max(100, PERCENTAGE).exactOptional(),
};

export const shapeOfCompletion = z
  .strictObject({
    ...numbers,
    /** Key of the predicate in `AnyFlow.predicates`: `<node>/until`. */
    until: z.string().exactOptional(),
    /** What becomes of the rest. Absent: it is withdrawn. */
    rest: z.literal('goOn').exactOptional(),
  })
  .readonly();

/** `completion` in the graph. */
export type CompletionRule = z.infer<typeof shapeOfCompletion>;

/** How many parts of an operator have ended, and how many there are. */
export interface CompletionCounts {
  readonly succeeded: number;
  readonly failed: number;
  readonly total: number;
}

/** The numbers of `completion`. */
interface CompletionNumbers {
  /** Continue once so many outputs exist, at least 1. Counts as the number of parts when it is larger. */
  readonly minSuccessful?: number;
  /**
   * Failures to tolerate, at least 0; one more fails the execution. Default: with `minSuccessful` as many as leave it
   * reachable, with `onItemError: 'collect'` all, otherwise none.
   */
  readonly toleratedFailureCount?: number;
  /** The same as a share of all parts, 0 to 100. With both numbers the lower one counts. */
  readonly toleratedFailurePercentage?: number;
}

/** What becomes of unfinished parts once the operator continues. */
interface CompletionRest {
  /**
   * `withdraw` (default): parts not started never start, running attempts are aborted, waits end as `withdrawn`. `goOn`: the
   * rest runs to its end, and its results are ignored.
   */
  readonly rest?: 'withdraw' | 'goOn';
}

/** Limits of failures; the operator waits for all parts. */
export interface Tolerance extends Omit<CompletionNumbers, 'minSuccessful'> {
  readonly minSuccessful?: never;
  readonly until?: never;
}

/** The operator may continue before all parts have ended. `Results`: what the operator's output would be. */
export type EarlyCompletion<Results> = CompletionNumbers &
  CompletionRest &
  (
    | { readonly minSuccessful: number; readonly until?: CompletionPredicate<Results> }
    | { readonly until: CompletionPredicate<Results> }
  );

/**
 * Continues once it returns something truthy. Called at most once per commit, after parts have ended. It must have no side
 * effects. An error counts as false and is logged. `exportFlow` needs a named function.
 */
export type CompletionPredicate<Results> = (results: Results, counts: CompletionCounts) => unknown;

/** `completion` as an untyped caller gives it. */
export interface GivenCompletion extends CompletionNumbers, CompletionRest {
  readonly until?: unknown;
}

/** `completion` in the wiring. */
export interface CompletionStep {
  readonly rule: Omit<CompletionRule, 'until'>;
  readonly until?: Predicate;
}

const written = z.strictObject({
  ...numbers,
  until: z.custom<Predicate>((it) => typeof it === 'function', 'use a function').exactOptional(),
  rest: z.enum(['withdraw', 'goOn'], "use 'withdraw' or 'goOn'").exactOptional(),
});

/** @throws FlowError `definition_invalid` */
export function completionOf(
  { completion }: { readonly completion?: GivenCompletion },
  where: string,
): { readonly completion?: CompletionStep } {
  if (completion === undefined) return {};
  checkFits(written, completion, `completion of ${where}`);
  const { until, rest, ...limits } = written.parse(completion);
  if (Object.keys(limits).length === 0 && !until)
    throw invalid(
      `completion of ${where} has no condition. Give minSuccessful, until, toleratedFailureCount or toleratedFailurePercentage.`,
    );
  const rule = { ...limits, ...(rest === 'goOn' && { rest }) };
  return { completion: { rule, ...(until && { until }) } };
}

/** The rule in the graph; adds the predicate of `until`. */
export function compileCompletion(
  completion: CompletionStep | undefined,
  id: string,
  predicates: Map<string, Predicate>,
): { readonly completion?: CompletionRule } {
  if (!completion) return {};
  const { rule, until } = completion;
  if (!until) return { completion: rule };
  const at = `${id}/until`;
  predicates.set(at, until);
  return { completion: { ...rule, until: at } };
}

/** Text that is equal for equal options, for the key of a step. */
export function keyOfCompletion(completion: CompletionStep | undefined): string | null {
  return completion ? canonical(checkJson([completion.rule, String(completion.until ?? '')], 'completion')) : null;
}

/** The code of `until`, for the row of an operator. */
export function untilOf({ completion }: { readonly completion?: CompletionRule }) {
  return completion?.until === undefined ? [] : [{ what: 'predicate' as const, at: completion.until }];
}

/** The completion in a detailed chart, such as `, until 3 succeed`. */
export function labelOf({ completion }: { readonly completion?: CompletionRule }): string {
  if (!completion) return '';
  const { minSuccessful, toleratedFailureCount, toleratedFailurePercentage, until, rest } = completion;
  const parts = [
    ...(minSuccessful === undefined ? [] : [`until ${minSuccessful} succeed`]),
    ...(until === undefined ? [] : ['until a condition holds']),
    ...(toleratedFailureCount === undefined ? [] : [`tolerates ${toleratedFailureCount} failures`]),
    ...(toleratedFailurePercentage === undefined ? [] : [`tolerates ${toleratedFailurePercentage} % failures`]),
    ...(rest === undefined ? [] : ['the rest goes on']),
  ];
  return `, ${parts.join(', ')}`;
}
