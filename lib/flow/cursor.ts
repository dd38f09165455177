/** The untyped workings of `Pipe` and `match`: every call checks its part of the definition and adds it to the wiring. */
import type { AnyChunk, ChunkRegister } from './chunk.ts';
import { invalid } from './definition.ts';
import type { Handler, Predicate } from './flow.ts';
import { checkJson } from './json.ts';
import { attach, type Body, type Case, createLevel, createPoint, type Operation, type Point } from './wiring.ts';

type BodyBuilder = (pipe: Cursor) => unknown;

/** A position in the wiring. */
export class Cursor {
  protected readonly register: ChunkRegister;
  protected readonly point: Point;

  constructor(register: ChunkRegister, point: Point) {
    this.register = register;
    this.point = point;
  }

  to(chunk: AnyChunk | string, handler?: Handler): Cursor {
    if (handler && typeof chunk === 'string') this.register.define(chunk, {}, handler);
    return this.add({ kind: 'chunk', chunk: this.register.nameOf(chunk) });
  }

  batch(chunks: readonly AnyChunk[]): Cursor {
    const names = chunks.map((chunk) => this.register.nameOf(chunk));
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (names.length === 0) throw invalid('A batch needs at least one chunk.');
    if (twice !== undefined)
      throw invalid(`Chunk "${twice}" stands twice in a batch. Its output needs a name of its own.`);
    return this.add({ kind: 'batch', chunks: names });
  }

  match(build: (cases: CaseList) => unknown): Cursor {
    const list = new CaseList(this.register);
    build(list);
    if (list.cases.length === 0) throw invalid('A match needs at least one case.');
    return this.add({ kind: 'match', cases: list.cases, ...(list.otherwise && { otherwise: list.otherwise }) });
  }

  /** The body a callback builds: from a fresh point to the pipe it returns. */
  static body(register: ChunkRegister, what: string, build: BodyBuilder): Body {
    const level = createLevel();
    const start = createPoint(level);
    const end = build(new Cursor(register, start));
    if (!(end instanceof Cursor) || end.point.level !== level) {
      throw invalid(`The body of ${what} must return its own pipe, such as (p) => p.to(chunk).`);
    }
    level.closed = 'the body of its case has ended. Wire it in the callback.';
    return { start, tail: end.point };
  }

  private add(operation: Operation): Cursor {
    return new Cursor(this.register, attach(this.point, operation));
  }
}

/** The cases of one `match`, in order. */
export class CaseList {
  readonly cases: Case[] = [];
  otherwise?: Body;
  private readonly register: ChunkRegister;

  constructor(register: ChunkRegister) {
    this.register = register;
  }

  case(when: unknown, build: BodyBuilder): this {
    if (this.otherwise) throw invalid('caseElse is the last branch of a match. Put every case before it.');
    const body = Cursor.body(this.register, `case ${this.cases.length}`, build);
    this.cases.push({ when: isPredicate(when) ? { predicate: when } : { value: literal(when) }, body });
    return this;
  }

  caseElse(build: BodyBuilder): this {
    if (this.otherwise) throw invalid('A match has one caseElse. Remove the other one.');
    if (this.cases.length === 0) throw invalid('caseElse needs a case before it.');
    this.otherwise = Cursor.body(this.register, 'caseElse', build);
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
