/** `defineFlow`: makes a flow from its contract, and compiles the wiring when the graph is first read. */
import type { input, output, ZodType } from 'zod';
import { capOf, checkName, invalid, oneOf } from '../checks/definition.ts';
import { compile, type Wired } from '../graph/compile.ts';
import { fingerprintOf } from '../graph/fingerprint.ts';
import type { Graph, NodeId } from '../graph/graph.ts';
import { checkExecution, type ExecutionDefaults } from '../options/execution.ts';
import { type ChunkPolicy, checkPolicy } from '../options/policies.ts';
import type { ChunkOptions } from '../pipe/chunk-types.ts';
import type { Flow } from '../pipe/pipe.ts';
import { createLevel, createPoint, type Level } from '../wiring/points.ts';
import { type Listened, Roots } from '../wiring/roots.ts';
import { ChunkRegister } from './chunk-register.ts';
import { Cursor } from './cursor.ts';
import type { AnyFlow, ChunkCode, Contract, Handler, Predicate, Tap } from './flow.ts';
import { type Requirement, type RequirementOptions, requirementOf } from './requirements.ts';
import { checkSchedules, type FlowSchedule } from './schedules.ts';
import {
  type AnySpec,
  type FlowSpec,
  type Live,
  makeContract,
  type NoAttributes,
  type NoResources,
  type PolicyDefaults,
  type Resources,
  type Schemas,
} from './schema-kinds.ts';

/**
 * Defines a flow by its contract. Nothing runs; later statements of the module wire it.
 * @example
 * const greet = defineFlow({ name: 'greet', input: z.string(), state: { greeting: z.string() } });
 * greet.to('hello', (ctx) => ctx.state.set('greeting', `Hello, ${ctx.input}`));
 * @throws FlowError `definition_invalid`
 */
export function defineFlow<
  Input extends ZodType = ZodType,
  State extends Schemas = Schemas,
  Signals extends Schemas = Schemas,
  Needs extends Resources = NoResources,
  Stream extends ZodType = ZodType,
  Result extends ZodType = ZodType,
  Attributes extends Schemas = NoAttributes,
>(
  spec: FlowSpec<Input, State, Signals, Needs, Stream, Result, Attributes>,
): Flow<{
  // Written out, because a compiler error shows a named type by its name, not by the types of this contract.
  readonly input: output<Input>;
  readonly state: { readonly [Key in keyof State]: output<State[Key]> };
  readonly signals: { readonly [Name in keyof Signals]: output<Signals[Name]> };
  readonly resources: { readonly [Name in keyof Needs]: Live<Needs[Name]> };
  readonly stream: output<Stream>;
  readonly result: output<Result>;
  readonly given: {
    readonly input: input<Input>;
    readonly state: { readonly [Key in keyof State]: input<State[Key]> };
    readonly signals: { readonly [Name in keyof Signals]: input<Signals[Name]> };
    readonly stream: input<Stream>;
    readonly result: input<Result>;
    readonly attributes: { readonly [Name in keyof Attributes]: input<Attributes[Name]> };
  };
}>;
export function defineFlow(spec: AnySpec): AnyFlow {
  return new FlowDefinition(spec);
}

/** A flow that this package brings. Its name begins with `$`, as no other name can. */
export const defineOwnFlow: typeof defineFlow = (spec: AnySpec) => new FlowDefinition(spec, Infinity, true) as never;

export class FlowDefinition extends Cursor implements AnyFlow {
  readonly name: string;
  readonly contract: Contract;
  readonly execution: ExecutionDefaults;
  readonly schedules: readonly FlowSchedule[];
  private readonly defaults: PolicyDefaults;
  private readonly level: Level;
  private readonly roots: Roots;
  private wired?: Omit<Wired, 'graph'> & { readonly graph: Graph };
  private readonly declared = new Map<string, Requirement>();
  private reading = false;
  private digest?: string;

  /** @param longestLabel see `Roots`. It must not change: executions in flight store join ids that depend on it */
  constructor(spec: AnySpec, longestLabel = Infinity, isOwn = false) {
    checkName('flow', isOwn ? spec.name.slice(1) : spec.name);
    const level = createLevel({ of: 'flow' });
    const contract = makeContract(spec);
    const register = new ChunkRegister();
    super({ register, contract, flow: spec.name, modes: new Map() }, createPoint(level));
    this.level = level;
    this.roots = new Roots({ flow: spec.name, contract, register, level, longestLabel });
    this.name = spec.name;
    this.contract = contract;
    this.execution = checkExecution(spec.name, spec.execution ?? {});
    this.schedules = checkSchedules(spec.name, spec.schedules ?? []);
    this.defaults = spec.defaults ?? {};
    checkPolicy(`flow "${spec.name}"`, this.defaults);
  }

  chunk(name: string, options: ChunkOptions | Handler, handler?: Handler): ChunkCode {
    if (typeof options === 'function') return this.workshop.register.define(name, {}, options);
    if (!handler) throw invalid(`Chunk "${name}" has no handler. Pass a function.`);
    return this.workshop.register.define(name, options, handler);
  }

  declareResourceRequirement(key: string, options: RequirementOptions = {}): void {
    this.declared.set(key, requirementOf(key, options));
  }

  get requirements(): readonly Requirement[] {
    return [...this.declared.values()];
  }

  when(what: Listened | readonly Listened[], options?: { readonly mode?: string }): Cursor {
    return new Cursor(this.workshop, this.roots.when(what, options));
  }

  override end(): void {
    throw invalid(
      `end() of flow "${this.name}" follows no chunk, and the input is no result. Add a chunk before end().`,
    );
  }

  get chunks(): ReadonlyMap<string, ChunkCode> {
    return this.workshop.register.codes;
  }

  get graph(): Graph {
    return this.freeze().graph;
  }

  get predicates(): ReadonlyMap<string, Predicate> {
    return this.freeze().predicates;
  }

  get taps(): ReadonlyMap<NodeId, Tap> {
    return this.freeze().taps;
  }

  get children(): ReadonlyMap<NodeId, AnyFlow> {
    return this.freeze().children;
  }

  get fingerprint(): string {
    this.digest ??= fingerprintOf(this);
    return this.digest;
  }

  private freeze(): Omit<Wired, 'graph'> & { readonly graph: Graph } {
    if (this.wired) return this.wired;
    if (this.reading)
      throw invalid(`Flow "${this.name}" contains itself as a sub-flow. Loop through a signal: emitNowait and when.`);
    this.reading = true;
    try {
      const { register } = this.workshop;
      const defaults = this.resolveDefaults();
      const policies: Record<string, ChunkPolicy> = { ...register.policies };
      const { onError } = defaults;
      const handler = typeof onError === 'object' ? onError.handler : undefined;
      // The default handler must not handle its own failures: that would loop.
      if (handler !== undefined)
        policies[handler] = { ...policies[handler], onError: policies[handler]?.onError ?? 'fail' };
      const wiring = { entry: this.point, roots: this.roots, level: this.level };
      const { graph, ...codes } = compile({ ...wiring, handlers: handlersOf(policies, handler) });
      this.wired = { graph: { flow: this.name, ...graph, policies, defaults, ...capOf(this.execution) }, ...codes };
    } finally {
      this.reading = false;
    }
    this.level.closed = 'the graph has been read. Wire flows at module level.';
    this.workshop.register.closed = true;
    return this.wired;
  }

  private resolveDefaults(): ChunkPolicy {
    const { onError, ...rest } = this.defaults;
    if (onError === undefined) return rest;
    if (typeof onError === 'object')
      return { ...rest, onError: { handler: this.workshop.register.nameOf(onError.chunk) } };
    return { ...rest, onError: oneOf(`onError of flow "${this.name}"`, onError, ['fail', 'skip']) };
  }
}

function handlersOf(policies: Readonly<Record<string, ChunkPolicy>>, byDefault: string | undefined): string[] {
  const own = Object.values(policies).flatMap(({ onError }) => (typeof onError === 'object' ? [onError.handler] : []));
  return [...new Set(byDefault === undefined ? own : [...own, byDefault])].sort();
}
