/** User code that decides where a value goes: predicates of a match, and taps. Only their decision is stored. */
import { defined } from '../../defined.ts';
import type { Activation } from '../../engine/head.ts';
import type { AnyFlow, Predicate } from '../../flow/authoring/flow.ts';
import type { MatchNode } from '../../flow/graph/graph.ts';
import { digest, type Json } from '../../flow/json.ts';
import type { AttemptEnvironment } from '../chunk/attempt.ts';
import { createFlowDataReader } from '../chunk/flow-data.ts';
import { createStateReader } from '../chunk/state.ts';

type PredicateInput = Parameters<Predicate>[0];

/** The cases of a match that hit, in order; nothing for a tap, which is run. @throws what the user code throws */
export async function decideNode(
  around: AttemptEnvironment,
  flow: AnyFlow,
  row: Activation,
): Promise<readonly number[]> {
  const node = flow.graph.nodes[row.node];
  const input = await around.read(row.input);
  const resources = await around.resources.ready(flow.contract.resources);
  const source = { ...around, flow, ...defined({ home: row.home }) };
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
