/**
 * What the statements of a definition build up: points, and the steps that follow them. It is turned into the graph
 * once, when the graph is read; until then equal steps behind one point are recognized by their key and kept once.
 */
import type { AnyFlow, Predicate, Tap } from '../authoring/flow.ts';
import type { Operation } from '../operators/table.ts';

/** What signals must have in common to meet: bodies that add a scope of their own have one of their own. */
export interface Scope {
  readonly of: 'flow' | 'forEach' | 'match';
}

/** The flow itself or one operator body. A chunk or collection stands once in it: all its uses go on from one point. */
export interface Level {
  readonly scope: Scope;
  readonly chunks: Map<string, Point>;
  readonly collections: Map<string, Point>;
  /** Why nothing may be added any more. */
  closed?: string;
}

export interface Point {
  readonly level: Level;
  /** What follows, by key, in the order it was written. */
  readonly steps: Map<string, Step>;
}

export interface Body {
  readonly start: Point;
  /** Where the value leaves the body; absent where nothing does. */
  readonly tail?: Point;
}

export interface Step {
  readonly does: Operation;
  readonly key: string;
  /** The functions and child flows of the step and of what stands in its bodies. */
  readonly codes: readonly Code[];
  readonly next: Point;
}

export type Code = Predicate | Tap | AnyFlow;

export function createLevel(scope: Scope): Level {
  return { scope, chunks: new Map(), collections: new Map() };
}

export function createPoint(level: Level): Point {
  return { level, steps: new Map() };
}

/** Where the uses of a chunk or collection in this level go on. */
export function sharedPoint(points: Map<string, Point>, name: string, level: Level): Point {
  const point = points.get(name) ?? createPoint(level);
  points.set(name, point);
  return point;
}

/** Points are numbered in the order they are met, so equal texts mean equal shapes. */
export function keyOfBody(body: Body): string {
  const numbers = new Map<Point, number>();
  const visit = (point: Point): string => {
    const known = numbers.get(point);
    if (known !== undefined) return `*${known}`;
    numbers.set(point, numbers.size);
    const steps = [...point.steps.values()].map((step) => `${JSON.stringify(step.key)}${visit(step.next)}`);
    return `${point === body.tail ? '!' : ''}(${steps.join(',')})`;
  };
  return visit(body.start);
}

export function codesIn(point: Point, seen = new Set<Point>()): readonly Code[] {
  if (seen.has(point)) return [];
  seen.add(point);
  return [...point.steps.values()].flatMap((step) => [...step.codes, ...codesIn(step.next, seen)]);
}
