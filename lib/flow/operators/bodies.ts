/** The bodies of operators: what a callback wires from a fresh point to the pipe it returns. */

import type { Predicate } from '../authoring/flow.ts';
import { invalid } from '../graph/definition.ts';
import { checkJson } from '../json.ts';
import { Cursor, Nothing } from './cursor.ts';
import type { Case } from './operations.ts';
import { type Body, createLevel, createPoint, type Scope } from './wiring.ts';

export type BodyBuilder = (pipe: Cursor) => unknown;

interface BodyPlan {
  /** How messages call the operator. */
  readonly what: string;
  readonly build: BodyBuilder;
  readonly scope: Scope;
  /** The callback may return nothing: no value leaves the body. */
  readonly mayEnd?: boolean;
}

/** @throws FlowError `definition_invalid`: the callback returns no pipe of its own */
export function buildBody(around: Cursor, { what, build, scope, mayEnd }: BodyPlan): Body {
  const problem = invalid(`The body of ${what} must return its own pipe, such as (p) => p.to(chunk).`);
  if (typeof build !== 'function') throw problem;
  const level = createLevel(scope);
  const start = createPoint(level);
  const end = build(new Cursor(around.workshop, start));
  level.closed = `the body of its ${what} has ended. Wire it in the callback.`;
  if (mayEnd && (end === undefined || end === null || end instanceof Nothing)) return { start };
  if (!(end instanceof Cursor) || end.point.level !== level) throw problem;
  return { start, tail: end.point };
}

export function ifCase(around: Cursor, what: 'if' | 'elseIf', predicate: unknown, build: BodyBuilder): Case {
  if (!isPredicate(predicate)) throw invalid(`${what} asks a predicate. Compare with literals by match and case.`);
  return { when: { predicate }, body: buildBody(around, { what, build, scope: around.point.level.scope }) };
}

/** The cases of one `match`, in order. */
export class CaseList {
  readonly cases: Case[] = [];
  otherwise?: Body;
  private readonly around: Cursor;
  private readonly all: boolean;

  constructor(around: Cursor, all: boolean) {
    this.around = around;
    this.all = all;
  }

  case(when: unknown, build: BodyBuilder): this {
    if (this.otherwise) throw invalid('caseElse is the last branch of a match. Put every case before it.');
    const scope: Scope = this.all ? { of: 'match' } : this.around.point.level.scope;
    const body = buildBody(this.around, { what: `case ${this.cases.length}`, build, scope });
    this.cases.push({ when: isPredicate(when) ? { predicate: when } : { value: literal(when) }, body });
    return this;
  }

  caseElse(build: BodyBuilder): this {
    if (this.otherwise) throw invalid('A match has one caseElse. Remove the other one.');
    if (this.cases.length === 0) throw invalid('caseElse needs a case before it.');
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
    throw invalid(`A case compares with JSON or asks a predicate. ${error instanceof Error ? error.message : ''}`);
  }
}
