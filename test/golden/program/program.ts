/** The flows of a case, built with the public authoring API. One program is the code of one process. */

import type { RequirementOptions } from '../../../lib/flow/authoring/requirements.ts';
import { type AnyFlow, type App, defineApp, defineFlow, type Env, type Flow } from '../../../lib/index.ts';
import { type Case, type FlowCase, isObject, type JsonObject, type Op, type Step } from '../format.ts';
import { makeHandler, type Surroundings } from './chunk.ts';
import { listen } from './listen.ts';
import { wire } from './wiring.ts';

export type CaseFlow = Flow<Env>;

export class Program {
  readonly #case: Case;
  readonly #around: Surroundings;
  readonly #suffix: string;
  readonly #flows = new Map<string, CaseFlow>();
  readonly #handlers = new Map<string, ReturnType<typeof makeHandler>>();

  /** @param suffix of the names of flows */
  constructor(source: Case, around: Surroundings, suffix: string) {
    this.#suffix = suffix;
    this.#case = source;
    this.#around = around;
  }

  /** The main flow, or the one of a name. @throws what is wrong with its definition */
  flow(name?: string): CaseFlow {
    const known = this.#flows.get(name ?? '');
    if (known) return known;
    const plan = name === undefined ? this.#case.flow : this.#case.flows?.[name];
    if (!plan) throw new Error(`case: there is no flow "${name}"`);
    const flow = this.#build(plan);
    this.#flows.set(name ?? '', flow);
    return flow;
  }

  /** Returns the same function each time, so repeated wiring defines nothing new. */
  handler(chunk: string) {
    const known = this.#handlers.get(chunk) ?? makeHandler(this.#around, chunk, this.#program(chunk));
    this.#handlers.set(chunk, known);
    return known;
  }

  app(flow: AnyFlow): App {
    const factories = Object.entries(this.#case.flow.flow_resources ?? {}).map(
      ([key, value]) => [key, () => value] as const,
    );
    return defineApp({ flows: [flow], resources: Object.fromEntries(factories), resolvers: RESOLVERS });
  }

  #program(chunk: string): readonly Op[] {
    const program = this.#case.chunks[chunk];
    if (program) return program;
    throw new Error(`case: there is no chunk "${chunk}"`);
  }

  #build(plan: FlowCase): CaseFlow {
    const resources = Object.fromEntries(this.#resourceKeys().map((key) => [key, {}]));
    const flow: CaseFlow = defineFlow({
      name: `${plan.name ?? 'flow'}.${this.#suffix}`,
      resources,
      defaults: { retry: { maxAttempts: 1 }, ...(plan.skip_exceptions ? { onError: 'skip' as const } : {}) },
    });
    for (const given of plan.resource_requirements ?? []) {
      const { key, options } = requirement(given);
      flow.declareResourceRequirement(key, options);
    }
    const chunk = (name: string) => flow.chunk(name, this.handler(name));
    const around = { chunk, flow: (name: string) => this.flow(name) };
    for (let times = plan.wire_times ?? 1; times > 0; times -= 1)
      for (const [i, chain] of plan.chains.entries()) wire(listen(flow, chain, i, chunk), chain.steps, around);
    return flow;
  }

  /** Resources that chunks and conditions may use: flows declare their names. */
  #resourceKeys(): readonly string[] {
    const keys = new Set<string>();
    const visit = (part: unknown): void => {
      if (Array.isArray(part)) part.forEach(visit);
      if (!isObject(part)) return;
      if (
        (part.op === 'require_resource' || part.op === 'set_resource' || part.$ === 'resource') &&
        typeof part.key === 'string'
      )
        keys.add(part.key);
      Object.values(part).forEach(visit);
    };
    visit([this.#case.chunks, this.#case.flow, this.#case.flows ?? {}]);
    return [...keys].sort();
  }
}

/** Maps a declaration of the format to this engine's. */
export function requirement({ key, required, resolver, fail_policy, health }: JsonObject): {
  readonly key: string;
  readonly options: RequirementOptions;
} {
  return {
    key: String(key),
    options: {
      ...(required === undefined ? {} : { required: required === true }),
      ...(typeof resolver === 'string' ? { resolver } : {}),
      ...(fail_policy === 'fail_open' ? { failPolicy: 'open' } : {}),
      ...(typeof health === 'string' ? { health } : {}),
    },
  };
}

const RESOLVERS = {
  resolve_ok: () => 'resolved-live',
  resolve_ok_async: async () => 'resolved-live-async',
  resolve_fail: () => {
    throw new Error('the resolver fails');
  },
};

export type { Step };
