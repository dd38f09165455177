/** Bodies of operators: a callback wires them from a new point to the pipe it returns. */

import { invalid } from '../checks/definition.ts';
import { type Body, createLevel, createPoint, type Scope } from './points.ts';
import { Position } from './position.ts';

/** The callback of an operator: receives the body's pipe and returns its end. */
export type BodyBuilder = (pipe: never) => unknown;

interface BodyPlan {
  /** The operator's name in messages. */
  readonly what: string;
  readonly build: BodyBuilder;
  readonly scope: Scope;
  /** The callback may return nothing; then no value leaves the body. */
  readonly mayEnd?: boolean;
}

/** @throws FlowError `definition_invalid` if the callback does not return a pipe of this body */
export function buildBody(around: Position, { what, build, scope, mayEnd }: BodyPlan): Body {
  const problem = invalid(`The body of ${what} must return its own pipe, such as (p) => p.to(chunk).`);
  if (typeof build !== 'function') throw problem;
  const level = createLevel(scope);
  const start = createPoint(level);
  const end: unknown = build(around.moveTo(start) as never);
  level.closed = `the body of its ${what} has ended. Wire it in the callback.`;
  const isPosition = end instanceof Position;
  if (mayEnd && (end === undefined || end === null || (isPosition && !end.carries))) return { start };
  if (!isPosition || end.point.level !== level) throw problem;
  return { start, tail: end.point };
}
