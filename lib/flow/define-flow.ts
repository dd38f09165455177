/** `defineFlow`: from a contract to a flow that can be wired, and to the graph once it is read. */
import type { output, ZodType } from 'zod';
import { type AnyChunk, type ChunkOptions, ChunkRegister } from './chunk.ts';
import { compile, type JoinRoot, type Source } from './compile.ts';
import {
  type AnySpec,
  type FlowSpec,
  type Live,
  makeContract,
  type NoResources,
  type Resources,
  type Schemas,
} from './contract.ts';
import { Cursor } from './cursor.ts';
import { checkExecution, checkName, checkPolicy, invalid } from './definition.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { AnyFlow, ChunkCode, Contract, ExecutionDefaults, Handler, Predicate } from './flow.ts';
import type { ChunkPolicy, Graph } from './graph.ts';
import type { Flow } from './pipe.ts';
import { createLevel, createPoint, type Level, type Point } from './wiring.ts';

/**
 * Defines a flow by its contract. The statements that follow in the module wire it; nothing runs.
 * @throws FlowError `definition_invalid`
 */
export function defineFlow<
  Input extends ZodType = ZodType,
  State extends Schemas = Schemas,
  Signals extends Schemas = Schemas,
  Needs extends Resources = NoResources,
  Stream extends ZodType = ZodType,
>(
  spec: FlowSpec<Input, State, Signals, Needs, Stream>,
): Flow<{
  // Not a named type: errors then show the types of this contract instead of how they were computed.
  readonly input: output<Input>;
  readonly state: { readonly [Key in keyof State]: output<State[Key]> };
  readonly signals: { readonly [Name in keyof Signals]: output<Signals[Name]> };
  readonly resources: { readonly [Name in keyof Needs]: Live<Needs[Name]> };
  readonly stream: output<Stream>;
}>;
export function defineFlow(spec: AnySpec): AnyFlow {
  return new FlowDefinition(spec);
}

class FlowDefinition extends Cursor implements AnyFlow {
  readonly name: string;
  readonly contract: Contract;
  readonly execution: ExecutionDefaults;
  private readonly defaults: ChunkPolicy;
  private readonly level: Level;
  private readonly signals = new Map<string, Point>();
  private readonly completions = new Map<string, Point>();
  private readonly joins = new Map<string, JoinRoot>();
  private wired?: Pick<AnyFlow, 'graph' | 'predicates'>;
  private digest?: string;

  constructor(spec: AnySpec) {
    checkName('flow', spec.name);
    const level = createLevel();
    super(new ChunkRegister(), createPoint(level));
    this.level = level;
    this.name = spec.name;
    this.contract = makeContract(spec);
    this.execution = checkExecution(spec.name, spec.execution ?? {});
    this.defaults = checkPolicy(`flow "${spec.name}"`, spec.defaults ?? {});
  }

  chunk(name: string, options: ChunkOptions | Handler, handler?: Handler): ChunkCode {
    if (typeof options === 'function') return this.register.define(name, {}, options);
    if (!handler) throw invalid(`Chunk "${name}" has no handler. Pass a function.`);
    return this.register.define(name, options, handler);
  }

  when(what: string | AnyChunk | readonly (string | AnyChunk)[], options: { readonly mode?: string } = {}): Cursor {
    const { mode = 'and' } = options;
    if (mode !== 'and') throw invalid(`when() has the mode "and", not "${mode}". Wire every signal on its own.`);
    const sources = (Array.isArray(what) ? what : [what]).map((source: string | AnyChunk) => this.source(source));
    const [first] = sources;
    if (!first) throw invalid('when() needs at least one signal or chunk.');
    return new Cursor(this.register, sources.length === 1 ? this.root(first) : this.join(sources));
  }

  get chunks(): ReadonlyMap<string, ChunkCode> {
    return this.register.codes;
  }

  get graph(): Graph {
    return this.freeze().graph;
  }

  get predicates(): ReadonlyMap<string, Predicate> {
    return this.freeze().predicates;
  }

  get fingerprint(): string {
    this.digest ??= fingerprintOf(this.graph, this.contract, this.chunks);
    return this.digest;
  }

  private freeze(): Pick<AnyFlow, 'graph' | 'predicates'> {
    if (!this.wired) {
      const roots = { entry: this.point, signals: this.signals, chunks: this.completions, joins: this.joins };
      const { predicates, ...wiring } = compile(roots);
      const graph = { flow: this.name, ...wiring, policies: this.register.policies, defaults: this.defaults };
      this.wired = { graph, predicates };
      this.level.closed = 'the graph has been read. Wire flows at module level.';
      this.register.closed = true;
    }
    return this.wired;
  }

  private root({ kind, name }: Source): Point {
    const roots = kind === 'signal' ? this.signals : this.completions;
    const point = roots.get(name) ?? createPoint(this.level);
    roots.set(name, point);
    return point;
  }

  private join(unordered: readonly Source[]): Point {
    const sources = unordered.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const twice = sources.find(({ name }, i) => sources[i - 1]?.name === name);
    if (twice) throw invalid(`when() lists "${twice.name}" twice. Names become keys of the value: use each once.`);
    const id = `when:${sources.map(({ kind, name }) => (kind === 'chunk' ? `chunk:${name}` : name)).join('+')}`;
    const root = this.joins.get(id) ?? { sources, point: createPoint(this.level) };
    this.joins.set(id, root);
    return root.point;
  }

  private source(source: string | AnyChunk): Source {
    if (typeof source !== 'string') return { kind: 'chunk', name: this.register.nameOf(source) };
    checkName('signal', source);
    if (this.contract.signals && !Object.hasOwn(this.contract.signals, source)) {
      throw invalid(`Signal "${source}" is not declared. Add it to the signals of flow "${this.name}".`);
    }
    return { kind: 'signal', name: source };
  }
}
