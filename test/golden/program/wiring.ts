/** The steps of a chain, turned into calls of the fluent API. */
import { type AnyFlow, type Chunk, type Env, FlowError, type Pipe, type PredicateContext } from '../../../lib/index.ts';
import { GoldenError, isObject, type Json, type JsonObject, list, NotBuilt, type Step, text } from '../format.ts';
import { evaluate, isTruthy } from './expressions.ts';

type AnyPipe = Pipe<Env, unknown>;

export interface Named {
  chunk(name: string): Chunk<unknown, unknown>;
  flow(name: string): AnyFlow;
}

interface Branch extends JsonObject {
  readonly body: readonly Step[];
}

/** Steps that are only valid inside other steps; the original refuses them elsewhere. */
const MISPLACED: Readonly<Record<string, string>> = {
  raw_case: 'case_before_match',
  raw_case_else: 'case_else_before_case',
  raw_end_match: 'end_match_before_match',
  raw_end_for_each: 'end_for_each_without_for_each',
};

/** @returns where the chain continues; undefined when it ended in an operator or with `end` */
export function wire(pipe: AnyPipe, steps: readonly Step[], named: Named): AnyPipe | undefined {
  let at = pipe;
  for (const [i, step] of steps.entries()) {
    const rest = steps.slice(i + 1);
    // Without an end the rest of the chain is in the operator's (last) body.
    if (step.end === false) {
      open(at, step, rest, named);
      return undefined;
    }
    if (step.op === 'end') {
      at.end();
      return undefined;
    }
    at = follow(at, step, named);
  }
  return at;
}

function follow(pipe: AnyPipe, step: Step, named: Named): AnyPipe {
  const side = step.side_branch === true;
  switch (step.op) {
    case 'to':
      return step.ref === undefined ? toChunk(pipe, step, named) : byName(pipe, text(step.ref, 'ref'));
    case 'side_branch':
      return pipe.sideBranch(named.chunk(text(step.chunk, 'chunk')));
    case 'batch': {
      const [first, ...more] = list<string>(step.chunks).map(named.chunk);
      if (!first) throw new Error('case: an empty batch');
      const chunks = [first, ...more] as const;
      if (side) return pipe.batch(chunks, { ...limit(step), sideBranch: true });
      return pipe.batch(chunks, limit(step)) as AnyPipe;
    }
    case 'for_each':
      return pipe.forEach((item: AnyPipe) => body(item, list<Step>(step.body), named), limit(step)) as AnyPipe;
    case 'match':
    case 'if':
      return branches(pipe, step, [], named);
    case 'collect': {
      const mode = step.mode === 'filled_then_empty' ? ('reset' as const) : ('update' as const);
      return pipe.collect(text(step.name, 'name'), { branch: text(step.branch_id, 'branch_id'), mode }) as AnyPipe;
    }
    case 'sub_flow':
      return subFlow(pipe, step, named);
    case 'intervention_point':
      return pipe.interventionPoint(
        text(step.name, 'name'),
        typeof step.target === 'string' ? { target: step.target } : {},
      );
    case 'fork':
      for (const branch of list<readonly Step[] & Json>(step.branches)) wire(pipe, branch, named);
      return pipe;
    default:
      throw step.op in MISPLACED ? new GoldenError(MISPLACED[step.op] ?? '') : new NotBuilt(`step ${step.op}`);
  }
}

function toChunk(pipe: AnyPipe, step: Step, named: Named): AnyPipe {
  const chunk = named.chunk(text(step.chunk, 'chunk'));
  return step.side_branch === true ? pipe.to(chunk, { sideBranch: true }) : pipe.to(chunk);
}

function byName(pipe: AnyPipe, name: string): AnyPipe {
  return refused('unknown_chunk', () => pipe.to(name));
}

/** An operator without an exit. */
function open(pipe: AnyPipe, step: Step, rest: readonly Step[], named: Named): void {
  if (step.op !== 'for_each') {
    branches(pipe, step, rest, named);
    return;
  }
  pipe.forEach((item: AnyPipe): void => {
    wire(item, [...list<Step>(step.body), ...rest], named);
  }, limit(step));
}

function body(pipe: AnyPipe, steps: readonly Step[], named: Named): AnyPipe {
  return wire(pipe, steps, named) ?? pipe;
}

function branches(pipe: AnyPipe, step: Step, rest: readonly Step[], named: Named): AnyPipe {
  const cases = list<Branch>(step.op === 'if' ? step.branches : step.cases);
  const otherwise = step.else === undefined ? undefined : [...list<Step>(step.else), ...rest];
  const [first, ...more] = cases;
  if (!first) throw new GoldenError('case_else_before_case');
  const bodyOf = (each: Branch) => (p: AnyPipe) => {
    const isLast = otherwise === undefined && each === cases.at(-1);
    return body(p, isLast ? [...each.body, ...rest] : each.body, named);
  };
  if (step.op === 'if') {
    const branching = more.reduce(
      (all, each) => all.elseIf(condition(each), bodyOf(each)),
      pipe.if(condition(first), bodyOf(first)),
    );
    return otherwise ? branching.else((p: AnyPipe) => body(p, otherwise, named)) : branching;
  }
  const mode = step.mode === 'hit_all' ? 'all' : 'first';
  const build = (start: Parameters<Parameters<AnyPipe['match']>[0]>[0]) => {
    const all = more.reduce(
      (built, each) => built.case(hit(each), bodyOf(each)),
      start.case(hit(first), bodyOf(first)),
    );
    return otherwise ? all.caseElse((p: AnyPipe) => body(p, otherwise, named)) : all;
  };
  return mode === 'all' ? pipe.match(build, { mode }) : pipe.match(build);
}

type Condition = (context: PredicateContext<Env, unknown>) => Promise<boolean>;
/** One function for each condition, so repeated wiring adds nothing. */
const conditions = new WeakMap<object, Condition>();

function hit(branch: Branch): Json | Condition {
  return branch.cond === undefined ? (branch.case ?? null) : condition(branch);
}

function condition(branch: Branch): Condition {
  const known = conditions.get(branch);
  if (known) return known;
  const made: Condition = async (context) =>
    isTruthy(
      await evaluate(branch.cond ?? null, {
        input: context.input as Json,
        vars: new Map(),
        isResume: false,
        resume: null,
        state: (path) => context.state.get(path) as Promise<Json | undefined>,
        flowData: (path) => context.flowData.get(path, { noWarning: true }),
        resource: (key) => context.resources[key],
      }),
    );
  conditions.set(branch, made);
  return made;
}

function subFlow(pipe: AnyPipe, step: Step, named: Named): AnyPipe {
  const child = named.flow(text(step.flow, 'flow'));
  const options = {
    ...limit(step),
    ...(step.capture === undefined ? {} : { capture: bindings(step.capture) }),
    ...(step.write_back === undefined ? {} : { writeBack: bindings(step.write_back) }),
    ...(step.side_branch === true ? { sideBranch: true as const } : {}),
  };
  return refused('sub_flow_binding_invalid', () => pipe.subFlow(child, options) as AnyPipe);
}

const SCOPES: Readonly<Record<string, string>> = { runtime_data: 'state', flow_data: 'flowData' };

/** The scope names, as members and as path prefixes. */
function bindings(of: Json): JsonObject {
  const path = (from: Json): Json => {
    if (isObject(from)) return Object.fromEntries(Object.entries(from).map(([key, each]) => [key, path(each)]));
    const [scope = '', ...rest] = String(from).split('.');
    return [SCOPES[scope] ?? scope, ...rest].join('.');
  };
  if (!isObject(of)) throw new GoldenError('sub_flow_binding_invalid');
  return Object.fromEntries(Object.entries(of).map(([scope, from]) => [SCOPES[scope] ?? scope, path(from)]));
}

function limit({ concurrency }: Step): { readonly concurrency?: number } {
  return typeof concurrency === 'number' ? { concurrency } : {};
}

function refused<T>(code: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw FlowError.is(error) ? new GoldenError(code, error.message) : error;
  }
}
