/** User code that decides where a value goes: predicates of a match, and taps. Only their decision is stored. */
import type { Activation, Head, ScopeId } from '../../engine/head.ts';
import type { AnyFlow, Predicate } from '../../flow/authoring/flow.ts';
import type { MatchNode } from '../../flow/graph/graph.ts';
import { digest, type Json } from '../../flow/json.ts';
import type { Resources } from '../app/resources.ts';
import type { AttemptEnvironment } from '../chunk/attempt.ts';
import { createFlowDataReader } from '../chunk/flow-data.ts';
import { createStateReader } from '../chunk/state.ts';

type PredicateInput = Parameters<Predicate>[0];

/** The flow that the nodes of a path belong to. */
export function flowAt(flow: AnyFlow, head: Head, home: ScopeId | undefined): AnyFlow {
  const frame = home === undefined ? undefined : head.frames[home];
  if (!frame) return flow;
  return flowAt(flow, head, frame.parent.home).children.get(frame.node) ?? flow;
}

/** The live objects that code of a path is given: in a sub-flow only what is captured for it. */
export function resourcesAt(resources: Resources, flow: AnyFlow, head: Head, home: ScopeId | undefined): Resources {
  const frame = home === undefined ? undefined : head.frames[home];
  if (!frame) return resources;
  const outer = resourcesAt(resources, flow, head, frame.parent.home);
  const node = flowAt(flow, head, frame.parent.home).graph.nodes[frame.node];
  const captured = Object.entries((node?.kind === 'subFlow' && node.capture?.resources) || {});
  return {
    async ready(names) {
      const wanted = captured
        .filter(([name]) => names.includes(name))
        .map(([name, path]) => ({ name, from: path.slice('resources.'.length) }));
      const live = await outer.ready(wanted.map(({ from }) => from));
      const there = wanted.filter(({ from }) => Object.hasOwn(live, from));
      return Object.fromEntries(there.map(({ name, from }) => [name, live[from]]));
    },
  };
}

/** The cases of a match that hit, in order; nothing for a tap, which is run. @throws what the user code throws */
export async function decideNode(
  around: AttemptEnvironment,
  flow: AnyFlow,
  row: Activation,
): Promise<readonly number[]> {
  const node = flow.graph.nodes[row.node];
  const input = await around.read(row.input);
  const resources = await around.resources.ready(flow.contract.resources);
  const source = { ...around, flow, ...(row.home === undefined ? {} : { home: row.home }) };
  const state = createStateReader(source);
  const context = { input, state, flowData: createFlowDataReader(source), resources };
  if (node?.kind === 'match') return decideMatch(flow, node, context);
  if (node?.kind === 'tap') await codeOf(flow.taps, node.tap, flow)({ ...context, log: around.ports.log });
  return [];
}

/** Literals compare deep and strict; predicates may be async, truthy counts. */
async function decideMatch(flow: AnyFlow, node: MatchNode, context: PredicateInput): Promise<readonly number[]> {
  const hits: number[] = [];
  for (const [index, { when }] of node.cases.entries()) {
    const hit =
      'value' in when
        ? digest(when.value) === digest(context.input as Json)
        : await codeOf(flow.predicates, when.predicate, flow)(context);
    if (!hit) continue;
    hits.push(index);
    if (node.mode !== 'all') break;
  }
  return hits;
}

function codeOf<Code>(codes: ReadonlyMap<string, Code>, name: string, flow: AnyFlow): Code {
  const code = codes.get(name);
  if (code) return code;
  throw new Error(`flow "${flow.name}" has no code for "${name}"`);
}
