/**
 * `match` and `if`. Mode `first`: the first case that hits runs. Mode `all`: every case that hits runs in a new scope, and the
 * array of results leaves in case order. In both modes the value passes through to `out` without a hit and `otherwise`.
 */
import { z } from 'zod';
import type { Predicate } from '../authoring/flow.ts';
import { invalid, json, oneOf } from '../checks/definition.ts';
import { canonical, checkJson, type Json } from '../json.ts';
import {
  type CompletionStep,
  compileCompletion,
  completionOf,
  type GivenCompletion,
  keyOfCompletion,
  labelOf,
  shapeOfCompletion,
  untilOf,
} from '../options/completion.ts';
import { type BodyBuilder, buildBody } from '../wiring/bodies.ts';
import type { NodeOperator, StepOperator } from '../wiring/operator.ts';
import { type Body, codesIn, keyOfBody, type Scope } from '../wiring/points.ts';
import type { Position } from '../wiring/position.ts';
import { shapeOfTargets } from '../wiring/targets.ts';

const condition = z.union(
  [z.strictObject({ value: json }).readonly(), z.strictObject({ predicate: z.string() }).readonly()],
  'is not a condition: use { value } or { predicate }',
);

/** A case: compares with a literal, or calls the predicate of its position (`AnyFlow.predicates` at `<node>/<case>`). */
const matchCase = z.strictObject({ when: condition, to: shapeOfTargets }).readonly();

const shape = z
  .strictObject({
    kind: z.literal('match'),
    /** Default `first`. */
    mode: z.literal('all').exactOptional(),
    cases: z.array(matchCase).min(1).readonly(),
    otherwise: shapeOfTargets.exactOptional(),
    /** Mode `all`: when it continues before all cases have ended, and how many failures it tolerates. */
    completion: shapeOfCompletion.exactOptional(),
    out: shapeOfTargets,
  })
  .readonly();

export type MatchNode = z.infer<typeof shape>;
export type MatchCase = z.infer<typeof matchCase>;

export interface Case {
  readonly when: { readonly value: Json } | { readonly predicate: Predicate };
  readonly body: Body;
}

export interface MatchStep {
  readonly kind: 'match';
  readonly mode?: 'all';
  readonly cases: readonly Case[];
  readonly otherwise?: Body;
  readonly completion?: CompletionStep;
}

export const match: NodeOperator<MatchNode> & StepOperator<MatchStep> = {
  node: {
    shape,
    bodies: ({ cases, otherwise }) => [
      ...cases.map(({ when, to }, i) => {
        const label = 'value' in when ? JSON.stringify(when.value) : `case ${i}`;
        return { branch: `${i}`, to, leaves: true, label };
      }),
      ...(otherwise ? [{ branch: 'else', to: otherwise, leaves: true, label: 'else' }] : []),
    ],
    code: (node) => [
      ...node.cases.flatMap(({ when }) =>
        'predicate' in when ? [{ what: 'predicate' as const, at: when.predicate }] : [],
      ),
      ...untilOf(node),
    ],
    identity: ({ kind, mode, cases, otherwise, completion, out }, { sorted }) => ({
      kind,
      ...(mode && { mode }),
      cases: cases.map(({ when, to }) => ({ when, to: sorted(to) })),
      out: sorted(out),
      ...(otherwise && { otherwise: sorted(otherwise) }),
      ...(completion && { completion: { ...completion } }),
    }),
    drawing: {
      box: 'decision',
      label: (node, isDetailed) => (node.mode === 'all' ? `match all${isDetailed ? labelOf(node) : ''}` : 'match'),
    },
  },
  step: {
    key({ mode = null, cases, otherwise, completion }) {
      const texts = cases.map(({ when, body }) => [
        'value' in when ? canonical(when.value) : String(when.predicate),
        keyOfBody(body),
      ]);
      const parts = [mode, texts, otherwise ? keyOfBody(otherwise) : null, keyOfCompletion(completion)];
      return `match ${JSON.stringify(parts)}`;
    },
    codes: ({ cases, otherwise, completion }) => [
      ...(completion?.until ? [completion.until] : []),
      ...cases.flatMap(({ when }) => ('predicate' in when ? [when.predicate] : [])),
      ...cases.flatMap(({ body }) => codesIn(body.start)),
      ...(otherwise ? codesIn(otherwise.start) : []),
    ],
    compile: ({ kind, mode, cases, otherwise, completion }, site) =>
      site.operator(kind, (id, out) => {
        const compiled: MatchCase[] = [];
        const options = { ...(mode && { mode }), ...compileCompletion(completion, id, site.predicates) };
        const node = { kind, ...options, cases: compiled, out };
        site.nodes[id] = node;
        cases.forEach(({ when, body }, i) => {
          const predicate = `${id}/${i}`;
          if ('predicate' in when) site.predicates.set(predicate, when.predicate);
          compiled.push({ when: 'value' in when ? when : { predicate }, to: site.body(id, `${i}`, body) });
        });
        if (otherwise) site.nodes[id] = { ...node, otherwise: site.body(id, 'else', otherwise) };
      }),
  },
};

/** @throws FlowError `definition_invalid` */
export function matchStep(
  around: Position,
  build: (cases: CaseList) => unknown,
  options: { readonly mode?: string; readonly completion?: GivenCompletion },
): MatchStep {
  const all = oneOf('mode of a match', options.mode ?? 'first', ['first', 'all']) === 'all';
  if (options.completion && !all) throw invalid('completion of a match needs mode "all", which runs several cases.');
  const completed = completionOf(options, 'match');
  const list = new CaseList(around, all);
  build(list);
  if (list.cases.length === 0) throw invalid('A match has no cases. Add at least one with case().');
  const { cases, otherwise } = list;
  return { kind: 'match', ...(all && { mode: 'all' }), cases, ...(otherwise && { otherwise }), ...completed };
}

/** @throws FlowError `definition_invalid` */
export function ifCase(around: Position, what: 'if' | 'elseIf', predicate: unknown, build: BodyBuilder): Case {
  if (!isPredicate(predicate))
    throw invalid(`${what} takes a predicate function. To compare with a literal, use match and case.`);
  return { when: { predicate }, body: buildBody(around, { what, build, scope: around.point.level.scope }) };
}

/** The cases of one `match`, in order. */
export class CaseList {
  readonly cases: Case[] = [];
  otherwise?: Body;
  private readonly around: Position;
  private readonly all: boolean;

  constructor(around: Position, all: boolean) {
    this.around = around;
    this.all = all;
  }

  case(when: unknown, build: BodyBuilder): this {
    if (this.otherwise)
      throw invalid('A case follows caseElse, the last branch of a match. Put every case before caseElse.');
    const scope: Scope = this.all ? { of: 'match' } : this.around.point.level.scope;
    const body = buildBody(this.around, { what: `case ${this.cases.length}`, build, scope });
    this.cases.push({ when: isPredicate(when) ? { predicate: when } : { value: literal(when) }, body });
    return this;
  }

  caseElse(build: BodyBuilder): this {
    if (this.otherwise) throw invalid('A match has two caseElse branches. Remove one of them.');
    if (this.cases.length === 0) throw invalid('caseElse follows no case. Add a case before it.');
    const { scope } = this.around.point.level;
    this.otherwise = buildBody(this.around, { what: 'caseElse', build, scope });
    return this;
  }
}

function isPredicate(when: unknown): when is Predicate {
  return typeof when === 'function';
}

function literal(value: unknown) {
  try {
    return checkJson(value, 'case');
  } catch (error) {
    throw invalid(`A case takes a JSON value or a predicate. ${error instanceof Error ? error.message : ''}`);
  }
}
