/**
 * The wiring that the statements of a definition build: points, and the steps that follow them. It is compiled to the graph
 * when the graph is first read. Equal steps after one point have equal keys and are kept once.
 */
import type { AnyFlow, Predicate, Tap } from '../authoring/flow.ts';
import type { Operation } from '../operators/table.ts';

/** A join combines only signals of one scope. A `forEach` item or a case of a match in `all` mode has its own scope. */
export interface Scope {
  readonly of: 'flow' | 'forEach' | 'match';
}

/** The flow itself or one operator body. All uses of a chunk or collection in one level continue from one shared point. */
export interface Level {
  readonly scope: Scope;
  readonly chunks: Map<string, Point>;
  readonly collections: Map<string, Point>;
  /** Why no step can be added any more; the end of an error message. */
  closed?: string;
}

export interface Point {
  readonly level: Level;
  /** The steps that follow, by key, in the order of their statements. */
  readonly steps: Map<string, Step>;
}

export interface Body {
  readonly start: Point;
  /** The point where the value leaves the body; absent if no value does. */
  readonly tail?: Point;
}

export interface Step {
  readonly does: Operation;
  readonly key: string;
  /** The functions and child flows of the step and of its bodies. */
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

/** The point after all uses of a chunk or collection in this level. */
export function sharedPoint(points: Map<string, Point>, name: string, level: Level): Point {
  const point = points.get(name) ?? createPoint(level);
  points.set(name, point);
  return point;
}

/** A text of the body's shape: points are numbered in visiting order, so equal shapes have equal texts. */
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
