/** The untyped implementation of `Pipe`: every call checks its arguments and adds a step to the wiring. */

import { invalid } from '../checks/definition.ts';
import { batchStep } from '../operators/batch.ts';
import { chunkStep } from '../operators/chunk.ts';
import { collectStep } from '../operators/collect.ts';
import { endStep } from '../operators/end.ts';
import { type ForEachOptions, forEachStep } from '../operators/for-each.ts';
import { interventionPointStep } from '../operators/intervention-point.ts';
import { type Case, type CaseList, ifCase, type MatchStep, matchStep } from '../operators/match.ts';
import { type SubFlowStepOptions, subFlowStep } from '../operators/sub-flow.ts';
import type { Operation } from '../operators/table.ts';
import { tapStep } from '../operators/tap.ts';
import type { GivenCompletion } from '../options/completion.ts';
import type { AnyChunk } from '../pipe/chunk-types.ts';
import { type BodyBuilder, buildBody } from '../wiring/bodies.ts';
import type { Point } from '../wiring/points.ts';
import { Position, type Workshop } from '../wiring/position.ts';
import type { LimitOption, SideOption } from '../wiring/step-options.ts';
import type { AnyFlow, Handler, Tap } from './flow.ts';
import { attach, detach } from './steps.ts';

interface Completed {
  readonly completion?: GivenCompletion;
}

/** A position in the wiring. */
export class Cursor extends Position {
  override moveTo(point: Point): Cursor {
    return new Cursor(this.workshop, point);
  }

  to(chunk: AnyChunk | string, handler?: Handler | SideOption, options?: SideOption): Cursor {
    return this.add(chunkStep(this.workshop, chunk, handler, options));
  }

  sideBranch(chunk: AnyChunk | string, handler?: Handler): Cursor {
    return handler ? this.to(chunk, handler, { sideBranch: true }) : this.to(chunk, { sideBranch: true });
  }

  batch(chunks: readonly AnyChunk[], options: LimitOption & SideOption & Completed = {}): Cursor {
    return this.add(batchStep(this.workshop, chunks, options));
  }

  match(build: (cases: CaseList) => unknown, options: { readonly mode?: string } & Completed = {}): Cursor {
    return this.add(matchStep(this, build, options));
  }

  if(predicate: unknown, build: BodyBuilder): Cursor {
    return new Branching(this.workshop, this.point, [ifCase(this, 'if', predicate, build)]);
  }

  elseIf(_predicate: unknown, _build: BodyBuilder): Cursor {
    throw invalid('elseIf must directly follow an if or another elseIf, before the else.');
  }

  else(_build: BodyBuilder): Cursor {
    throw invalid('else must directly follow an if or elseIf, and an if has only one else.');
  }

  forEach(build: BodyBuilder, options: ForEachOptions = {}): Cursor {
    const step = forEachStep(this, build, options);
    const next = this.add(step);
    return step.body.tail ? next : new Nothing(this.workshop, next.point);
  }

  collect(name: string, options: { readonly branch: string; readonly mode?: string }): Cursor {
    return this.add(collectStep(this.workshop, name, options));
  }

  subFlow(child: AnyFlow, options: SubFlowStepOptions = {}): Cursor {
    return this.add(subFlowStep(this, child, options));
  }

  tap(named: string | Tap, code?: Tap): Cursor {
    return this.add(tapStep(named, code));
  }

  interventionPoint(name: string, options: { readonly target?: string } = {}): Cursor {
    return this.add(interventionPointStep(name, options));
  }

  end(): void {
    this.add(endStep(this));
  }

  private add(operation: Operation): Cursor {
    const { next } = attach(this.point, operation);
    return 'side' in operation && operation.side ? this : this.moveTo(next);
  }
}

/** The position after a `forEach` whose callback returns no pipe: nothing can follow. */
class Nothing extends Cursor {
  override readonly carries = false;

  override get point(): Point {
    throw invalid('Nothing can follow a forEach without results. Return a pipe from its callback to collect them.');
  }
}

/** The position after an `if` that can still get `elseIf` and `else`. */
class Branching extends Cursor {
  private readonly from: Point;
  private readonly cases: readonly Case[];
  private readonly fresh: string | undefined;
  private extended = false;

  constructor(workshop: Workshop, from: Point, cases: readonly Case[]) {
    const step = attach(from, { kind: 'match', cases });
    super(workshop, step.next);
    this.from = from;
    this.cases = cases;
    this.fresh = step.fresh ? step.key : undefined;
  }

  override get point(): Point {
    if (this.extended) throw invalid('This if has further branches. Continue after the last elseIf or else.');
    return this.at;
  }

  override elseIf(predicate: unknown, build: BodyBuilder): Cursor {
    const added = ifCase(this, 'elseIf', predicate, build);
    this.extend();
    return new Branching(this.workshop, this.from, [...this.cases, added]);
  }

  override else(build: BodyBuilder): Cursor {
    const otherwise = buildBody(this, { what: 'else', build, scope: this.at.level.scope });
    this.extend();
    const complete: MatchStep = { kind: 'match', cases: this.cases, otherwise };
    return this.moveTo(attach(this.from, complete).next);
  }

  /** Removes this `if` from the wiring; the caller adds it again with one more branch. */
  private extend(): void {
    if (this.extended) throw invalid('This if already has another elseIf or else. Write its branches as one chain.');
    if (this.fresh !== undefined) detach(this.from, this.fresh);
    this.extended = true;
  }
}
