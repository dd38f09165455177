/**
 * What the statements of a definition build up: points, and the steps that follow them. It is turned into the graph
 * once, when the graph is read; until then equal steps behind one point are recognized by their key and kept once.
 */
import { invalid } from '../graph/definition.ts';
import { codesOf, describe, keyOf, type Operation } from './operations.ts';

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
  readonly next: Point;
}

export function createLevel(scope: Scope): Level {
  return { scope, chunks: new Map(), collections: new Map() };
}

export function createPoint(level: Level): Point {
  return { level, steps: new Map() };
}

/**
 * Adds what follows a point, unless it is there.
 * @returns the step, the known one or a `fresh` one
 * @throws FlowError `definition_invalid`
 */
export function attach(point: Point, does: Operation): Step & { readonly fresh: boolean } {
  const key = keyOf(does);
  const known = point.steps.get(key);
  if (known) {
    const codes = codesOf(does);
    if (codesOf(known.does).some((code, i) => code !== codes[i])) {
      throw invalid(
        `${describe(does)} follows this point already, with other functions or sub-flows of the same text. Wire it once, or share them.`,
      );
    }
    return { ...known, fresh: false };
  }
  if (point.level.closed) throw invalid(`${describe(does)} comes too late: ${point.level.closed}`);
  const next = nextPoint(point.level, does);
  if (reaches(next, point)) {
    throw invalid(`${describe(does)} would follow itself. Make a loop with a signal: emitNowait and when.`);
  }
  if (does.kind === 'chunk') refuseSecondPath(point, does);
  const step = { does, key, next };
  point.steps.set(key, step);
  return { ...step, fresh: true };
}

/** Takes back the step behind a point, which something fuller replaces. @throws when something was written behind it */
export function detach(point: Point, key: string): void {
  const step = point.steps.get(key);
  if (!step) return;
  if (step.next.steps.size > 0)
    throw invalid('elseIf and else come before what follows the if. Write all branches first.');
  point.steps.delete(key);
}

/** Where the uses of a chunk or collection in this level go on. */
export function sharedPoint(points: Map<string, Point>, name: string, level: Level): Point {
  const point = points.get(name) ?? createPoint(level);
  points.set(name, point);
  return point;
}

function nextPoint(level: Level, does: Operation): Point {
  if (does.kind === 'chunk') return sharedPoint(level.chunks, does.chunk, level);
  if (does.kind === 'collect') return sharedPoint(level.collections, does.name, level);
  return createPoint(level);
}

function refuseSecondPath(point: Point, { kind, chunk, side }: Operation & { kind: 'chunk' }): void {
  if (point.steps.has(keyOf({ kind, chunk, ...(!side && { side: true }) })))
    throw invalid(`Chunk "${chunk}" follows this point on the main path and as a side branch. Use one of them.`);
}

function reaches(from: Point, goal: Point, seen = new Set<Point>()): boolean {
  if (from === goal) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return [...from.steps.values()].some((step) => reaches(step.next, goal, seen));
}
