/** The untyped workings of `Pipe`: every call checks its part of the definition and adds it to the wiring. */

import type { AnyChunk, ChunkRegister } from '../authoring/chunk.ts';
import type { AnyFlow, Contract, Handler, Tap } from '../authoring/flow.ts';
import { checkName, invalid, oneOf } from '../graph/definition.ts';
import type { Capture, WriteBack } from '../graph/graph.ts';
import { checkFits } from '../options/check.ts';
import { atLeastOne } from '../options/policies.ts';
import { checkBindings } from './bindings.ts';
import { type BodyBuilder, buildBody, CaseList, ifCase } from './bodies.ts';
import type { Case, Match, Operation } from './operations.ts';
import { attach, detach, type Point } from './wiring.ts';

/** What all positions of one flow share. */
export interface Workshop {
  readonly register: ChunkRegister;
  readonly contract: Contract;
  readonly flow: string;
  readonly modes: Map<string, 'update' | 'reset'>;
}

interface SideOption {
  readonly sideBranch?: boolean;
}

interface Limits extends SideOption {
  readonly concurrency?: number;
}

interface SubFlowOptions extends Limits {
  readonly capture?: Capture;
  readonly writeBack?: WriteBack;
}

/** A position in the wiring. */
export class Cursor {
  readonly workshop: Workshop;
  protected readonly at: Point;

  constructor(workshop: Workshop, at: Point) {
    this.workshop = workshop;
    this.at = at;
  }

  /** Where what is written next goes. @throws FlowError `definition_invalid` where nothing can follow */
  get point(): Point {
    return this.at;
  }

  to(chunk: AnyChunk | string, handler?: Handler | SideOption, options?: SideOption): Cursor {
    if (typeof handler === 'function') {
      if (typeof chunk !== 'string') throw invalid(`Chunk "${chunk?.name}" has a handler. Pass the chunk alone.`);
      this.workshop.register.define(chunk, {}, handler);
    }
    const side = sideOf(typeof handler === 'function' ? options : handler);
    return this.add({ kind: 'chunk', chunk: this.workshop.register.nameOf(chunk), ...side });
  }

  sideBranch(chunk: AnyChunk | string, handler?: Handler): Cursor {
    return handler ? this.to(chunk, handler, { sideBranch: true }) : this.to(chunk, { sideBranch: true });
  }

  batch(list: readonly AnyChunk[], options: Limits = {}): Cursor {
    const chunks = list.map((chunk) => this.workshop.register.nameOf(chunk));
    const twice = chunks.find((name, i) => chunks.indexOf(name) !== i);
    if (chunks.length === 0) throw invalid('A batch needs at least one chunk.');
    if (twice !== undefined)
      throw invalid(`Chunk "${twice}" stands twice in a batch. Its output needs a name of its own.`);
    return this.add({ kind: 'batch', chunks, ...limitOf(options, `batch of "${chunks[0]}"`), ...sideOf(options) });
  }

  match(build: (cases: CaseList) => unknown, options: { readonly mode?: string } = {}): Cursor {
    const all = oneOf('mode of a match', options.mode ?? 'first', ['first', 'all']) === 'all';
    const list = new CaseList(this, all);
    build(list);
    if (list.cases.length === 0) throw invalid('A match needs at least one case.');
    const otherwise = list.otherwise && { otherwise: list.otherwise };
    return this.add({ kind: 'match', ...(all && { mode: 'all' }), cases: list.cases, ...otherwise });
  }

  if(predicate: unknown, build: BodyBuilder): Cursor {
    return new Branching(this.workshop, this.point, [ifCase(this, 'if', predicate, build)]);
  }

  elseIf(_predicate: unknown, _build: BodyBuilder): Cursor {
    throw invalid('elseIf stands directly behind an if or another elseIf, and before the else.');
  }

  else(_build: BodyBuilder): Cursor {
    throw invalid('else stands directly behind an if or elseIf, and there is one of it.');
  }

  forEach(build: BodyBuilder, options: { readonly concurrency?: number; readonly onItemError?: string } = {}): Cursor {
    const collects =
      oneOf('onItemError of a forEach', options.onItemError ?? 'fail', ['fail', 'collect']) === 'collect';
    const limit = limitOf(options, 'forEach');
    const body = buildBody(this, { what: 'forEach', build, scope: { of: 'forEach' }, mayEnd: true });
    if (!body.tail && body.start.steps.size === 0)
      throw invalid('The body of forEach does nothing. Wire it, or return its pipe to collect the items.');
    const next = this.add({ kind: 'forEach', body, ...limit, ...(collects && { onItemError: 'collect' }) });
    return body.tail ? next : new Nothing(this.workshop, next.point);
  }

  collect(name: string, options: { readonly branch: string; readonly mode?: string }): Cursor {
    checkName('collection', name);
    checkName('branch', options?.branch);
    const mode = oneOf(`mode of collection "${name}"`, options.mode ?? 'update', ['update', 'reset']);
    const known = this.workshop.modes.get(name) ?? mode;
    if (known !== mode)
      throw invalid(`Collection "${name}" has the mode "${known}" elsewhere. Use one mode, or another name.`);
    this.workshop.modes.set(name, mode);
    return this.add({ kind: 'collect', name, branch: options.branch, ...(mode === 'reset' && { mode }) });
  }

  subFlow(child: AnyFlow, options: SubFlowOptions = {}): Cursor {
    const { contract, flow } = this.workshop;
    if (!child?.contract) throw invalid(`A sub-flow of "${flow}" is no flow. Pass what defineFlow made.`);
    if (child instanceof Cursor && child.workshop === this.workshop)
      throw invalid(`Flow "${flow}" contains itself as a sub-flow. Make a loop with a signal.`);
    const bindings = checkBindings({ flow, contract, child }, options);
    const limit = limitOf(options, `sub-flow "${child.name}"`);
    return this.add({ kind: 'subFlow', child, ...bindings, ...limit, ...sideOf(options) });
  }

  tap(named: string | Tap, code?: Tap): Cursor {
    const tap = typeof named === 'string' ? code : named;
    if (typeof tap !== 'function') throw invalid('tap needs a function, or a name and a function.');
    if (typeof named === 'string') checkName('tap', named);
    return this.add({ kind: 'tap', tap, ...(typeof named === 'string' && { name: named }) });
  }

  interventionPoint(name: string, options: { readonly target?: string } = {}): Cursor {
    checkName('intervention point', name);
    if (options.target !== undefined) checkName('target', options.target);
    return this.add({
      kind: 'interventionPoint',
      name,
      ...(options.target !== undefined && { target: options.target }),
    });
  }

  end(): void {
    const { of } = this.point.level.scope;
    if (of !== 'flow')
      throw invalid(
        `end() stands in a body of ${of}, where several values would be the result. Put it behind the ${of}.`,
      );
    this.add({ kind: 'end' });
  }

  private add(operation: Operation): Cursor {
    const { next } = attach(this.point, operation);
    return 'side' in operation && operation.side ? this : new Cursor(this.workshop, next);
  }
}

/** Behind a `forEach` that collects nothing. */
export class Nothing extends Cursor {
  override get point(): Point {
    throw invalid('Nothing flows behind a forEach without results. Return a pipe from its callback to collect them.');
  }
}

/** Behind an `if` to which further branches may be added. */
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
    if (this.extended) throw invalid('This if has further branches. Go on behind the last of them.');
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
    const complete: Match = { kind: 'match', cases: this.cases, otherwise };
    return new Cursor(this.workshop, attach(this.from, complete).next);
  }

  /** What this branch has wired gives way to the same with one branch more. */
  private extend(): void {
    if (this.extended) throw invalid('This if is continued already. Write its branches as one chain.');
    if (this.fresh !== undefined) detach(this.from, this.fresh);
    this.extended = true;
  }
}

function sideOf(options: SideOption | undefined): { readonly side?: true } {
  return options?.sideBranch ? { side: true } : {};
}

function limitOf({ concurrency }: Limits, where: string): { readonly concurrency?: number } {
  if (concurrency === undefined) return {};
  checkFits(atLeastOne, concurrency, `concurrency of ${where}`);
  return { concurrency };
}
