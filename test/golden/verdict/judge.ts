/** The verdict on a case: `must` equals the recording, `defect` the intended result, `impl-defined` its invariants. */

import { type Case, type Expectation, isObject, type Json, NotBuilt } from '../format.ts';
import type { Setting } from '../play/host.ts';
import { runCase, type Seen } from '../play/run.ts';
import { brokenInvariants, compare } from './compare.ts';

export interface Divergence {
  readonly case: string;
  readonly why: string;
  /** Replacements of expected values, by JSON pointer into the case's expectation. */
  readonly patch: { readonly [pointer: string]: Json };
}

export interface Verdict {
  readonly name: string;
  readonly level: string;
  /** Empty: passed. */
  readonly problems: readonly string[];
  /** A legitimate deviation of an `impl-defined` case. */
  readonly differences: readonly string[];
  readonly diverges: boolean;
  readonly logs: readonly string[];
  /** The order in which its chunks ran. */
  readonly order: string;
}

export async function judge(source: Case, divergence: Divergence | undefined, setting: Setting): Promise<Verdict> {
  const { level } = source.conformance;
  const verdict = {
    name: source.name,
    level,
    differences: [],
    diverges: divergence !== undefined,
    logs: [],
    order: '',
  };
  let seen: Seen;
  try {
    seen = await runCase(source, setting);
  } catch (error) {
    const what = error instanceof Error ? error : new Error(String(error));
    const trace = what instanceof NotBuilt ? '' : `\n${what.stack}`;
    return { ...verdict, problems: [what.message], logs: trace === '' ? [] : [trace] };
  }
  const { observation, logs } = seen;
  const target = source.intended ?? source.expected;
  const differences = compare(source, divergence ? patched(target, divergence) : target, observation);
  const invariants = brokenInvariants(source, observation);
  const runs = observation.runs.toSorted((a, b) => a.start - b.start);
  return {
    ...verdict,
    problems: level === 'impl-defined' ? invariants : [...differences, ...invariants],
    differences: level === 'impl-defined' ? differences : [],
    logs,
    order: runs.map(({ chunk, input }) => `${chunk} ${JSON.stringify(input)}`).join('; '),
  };
}

/** @throws when a pointer does not exist: list and case do not match */
function patched(target: Expectation, { patch }: Divergence): Expectation {
  const copy = structuredClone(target) as unknown as Json;
  for (const [pointer, value] of Object.entries(patch)) {
    const path = pointer.split('/').slice(1);
    const last = path.pop() ?? '';
    let at: unknown = copy;
    for (const step of path) at = isObject(at) || Array.isArray(at) ? Reflect.get(at, step) : undefined;
    if (!(isObject(at) || Array.isArray(at))) throw new Error(`divergences: ${pointer} leads nowhere`);
    Reflect.set(at, last, value);
  }
  return copy as unknown as Expectation;
}
