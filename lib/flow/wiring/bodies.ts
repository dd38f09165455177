/** The bodies of operators: what a callback wires from a fresh point to the pipe it returns. */

import { invalid } from '../checks/definition.ts';
import { type Body, createLevel, createPoint, type Scope } from './points.ts';
import { Position } from './position.ts';

/** Given a pipe, it returns one. */
export type BodyBuilder = (pipe: never) => unknown;

interface BodyPlan {
  /** How messages call the operator. */
  readonly what: string;
  readonly build: BodyBuilder;
  readonly scope: Scope;
  /** The callback may return nothing: no value leaves the body. */
  readonly mayEnd?: boolean;
}

/** @throws FlowError `definition_invalid`: the callback returns no pipe of its own */
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
