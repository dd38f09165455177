/**
 * What the statements of a definition build up: points, and the steps that follow them. It is turned into the graph
 * once, when the graph is read; until then equal steps behind one point are recognized by their key and kept once.
 */
import { invalid } from './definition.ts';
import type { Predicate } from './flow.ts';
import { canonical, type Json } from './json.ts';

/** The flow itself or one operator body. A chunk stands once in it: all its uses go on from one point. */
export interface Level {
  readonly chunks: Map<string, Point>;
  /** Why nothing may be added any more. */
  closed?: string;
}

export interface Point {
  readonly level: Level;
  readonly steps: Step[];
}

export interface Body {
  readonly start: Point;
  /** Where the value leaves the body. */
  readonly tail: Point;
}

export interface Case {
  readonly when: { readonly value: Json } | { readonly predicate: Predicate };
  readonly body: Body;
}

export type Operation =
  | { readonly kind: 'chunk'; readonly chunk: string }
  | { readonly kind: 'batch'; readonly chunks: readonly string[] }
  | { readonly kind: 'match'; readonly cases: readonly Case[]; readonly otherwise?: Body };

export interface Step {
  readonly does: Operation;
  readonly key: string;
  readonly next: Point;
}

export function createLevel(): Level {
  return { chunks: new Map() };
}

export function createPoint(level: Level): Point {
  return { level, steps: [] };
}

/** Adds what follows a point, unless it is there. @returns the point behind it */
export function attach(point: Point, does: Operation): Point {
  const key = keyOf(does);
  const known = point.steps.find((step) => step.key === key);
  if (known) {
    if (predicatesOf(known.does).some((predicate, i) => predicate !== predicatesOf(does)[i])) {
      throw invalid(
        'A match with other predicates of the same text follows this point. Wire it once, or share the predicates.',
      );
    }
    return known.next;
  }
  if (point.level.closed) throw invalid(`${describe(does)} comes too late: ${point.level.closed}`);
  const next = nextPoint(point.level, does);
  if (does.kind === 'chunk' && reaches(next, point)) {
    throw invalid(`Chunk "${does.chunk}" would follow itself. Make a loop with a signal: emitNowait and when.`);
  }
  if (does.kind === 'chunk') point.level.chunks.set(does.chunk, next);
  point.steps.push({ does, key, next });
  return next;
}

function nextPoint(level: Level, does: Operation): Point {
  return (does.kind === 'chunk' && level.chunks.get(does.chunk)) || createPoint(level);
}

function describe(does: Operation): string {
  return does.kind === 'chunk' ? `Chunk "${does.chunk}"` : `This ${does.kind}`;
}

function reaches(from: Point, goal: Point, seen = new Set<Point>()): boolean {
  if (from === goal) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return from.steps.some((step) => reaches(step.next, goal, seen));
}

function keyOf(does: Operation): string {
  if (does.kind === 'chunk') return `chunk ${does.chunk}`;
  if (does.kind === 'batch') return `batch ${does.chunks.join(' ')}`;
  const cases = does.cases.map(({ when, body }) => {
    const condition = 'value' in when ? canonical(when.value) : String(when.predicate);
    return [condition, bodyKey(body)];
  });
  return `match ${JSON.stringify([cases, does.otherwise ? bodyKey(does.otherwise) : null])}`;
}

/** Points are numbered in the order they are met, so equal texts mean equal shapes. */
function bodyKey(body: Body): string {
  const numbers = new Map<Point, number>();
  const visit = (point: Point): string => {
    const known = numbers.get(point);
    if (known !== undefined) return `*${known}`;
    numbers.set(point, numbers.size);
    const steps = point.steps.map((step) => `${JSON.stringify(step.key)}${visit(step.next)}`);
    return `${point === body.tail ? '!' : ''}(${steps.join(',')})`;
  };
  return visit(body.start);
}

function predicatesOf(does: Operation): Predicate[] {
  if (does.kind !== 'match') return [];
  const bodies = [...does.cases.map(({ body }) => body), ...(does.otherwise ? [does.otherwise] : [])];
  const own = does.cases.flatMap(({ when }) => ('predicate' in when ? [when.predicate] : []));
  return [...own, ...bodies.flatMap((body) => bodyPredicates(body.start))];
}

function bodyPredicates(point: Point, seen = new Set<Point>()): Predicate[] {
  if (seen.has(point)) return [];
  seen.add(point);
  return point.steps.flatMap((step) => [...predicatesOf(step.does), ...bodyPredicates(step.next, seen)]);
}
