/**
 * What can follow a point, before it becomes nodes and targets. Equal operations have equal keys, so that wiring the same
 * again is recognized.
 */
import type { AnyFlow, Predicate, Tap } from '../authoring/flow.ts';
import type { Capture, WriteBack } from '../graph/graph.ts';
import { canonical, checkJson, type Json } from '../json.ts';
import type { Body, Point } from './wiring.ts';

export interface Case {
  readonly when: { readonly value: Json } | { readonly predicate: Predicate };
  readonly body: Body;
}

export interface Side {
  /** Runs beside the main path, which goes on from the same point. */
  readonly side?: true;
}

interface Limit {
  readonly concurrency?: number;
}

export interface Match {
  readonly kind: 'match';
  readonly mode?: 'all';
  readonly cases: readonly Case[];
  readonly otherwise?: Body;
}

export interface SubFlow extends Side, Limit {
  readonly kind: 'subFlow';
  readonly child: AnyFlow;
  readonly capture?: Capture;
  readonly writeBack?: WriteBack;
}

export type Operation =
  | ({ readonly kind: 'chunk'; readonly chunk: string } & Side)
  | ({ readonly kind: 'batch'; readonly chunks: readonly string[] } & Side & Limit)
  | Match
  | ({ readonly kind: 'forEach'; readonly body: Body; readonly onItemError?: 'collect' } & Limit)
  | { readonly kind: 'collect'; readonly name: string; readonly branch: string; readonly mode?: 'reset' }
  | SubFlow
  | { readonly kind: 'tap'; readonly tap: Tap; readonly name?: string }
  | { readonly kind: 'interventionPoint'; readonly name: string; readonly target?: string }
  | { readonly kind: 'end' };

/** How an operation is called in messages. */
export function describe(does: Operation): string {
  if (does.kind === 'chunk') return `Chunk "${does.chunk}"`;
  if (does.kind === 'collect') return `Collection "${does.name}"`;
  return `This ${does.kind}`;
}

/** Says what an operation is, down to the text of its code; not which function or child it is (`codesOf`). */
export function keyOf(does: Operation): string {
  switch (does.kind) {
    case 'match': {
      const cases = does.cases.map(({ when, body }) => [
        'value' in when ? canonical(when.value) : String(when.predicate),
        bodyKey(body),
      ]);
      return `match ${JSON.stringify([does.mode ?? null, cases, does.otherwise ? bodyKey(does.otherwise) : null])}`;
    }
    case 'forEach':
      return `forEach ${JSON.stringify([does.concurrency, does.onItemError, bodyKey(does.body)])}`;
    case 'subFlow': {
      const { child, ...rest } = does;
      return canonical(checkJson({ ...rest, child: child.name }, 'subFlow'));
    }
    case 'tap':
      return `tap ${does.name ?? ''} ${String(does.tap)}`;
    default:
      return canonical(checkJson({ ...does }, does.kind));
  }
}

/** Points are numbered in the order they are met, so equal texts mean equal shapes. */
function bodyKey(body: Body): string {
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

/** The functions and child flows of an operation and of what stands in its bodies. */
export function codesOf(does: Operation): (Predicate | Tap | AnyFlow)[] {
  switch (does.kind) {
    case 'match': {
      const own = does.cases.flatMap(({ when }) => ('predicate' in when ? [when.predicate] : []));
      return [...own, ...bodiesOf(does).flatMap((body) => codesIn(body.start))];
    }
    case 'forEach':
      return codesIn(does.body.start);
    case 'subFlow':
      return [does.child];
    case 'tap':
      return [does.tap];
    default:
      return [];
  }
}

function bodiesOf({ cases, otherwise }: Match): Body[] {
  return [...cases.map(({ body }) => body), ...(otherwise ? [otherwise] : [])];
}

function codesIn(point: Point, seen = new Set<Point>()): (Predicate | Tap | AnyFlow)[] {
  if (seen.has(point)) return [];
  seen.add(point);
  return [...point.steps.values()].flatMap((step) => [...codesOf(step.does), ...codesIn(step.next, seen)]);
}
