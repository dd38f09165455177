/** Runs user code of operators: predicates of a match, and taps. Only the decision is stored. */
import { defined } from '../../defined.ts';
import type { Activation } from '../../engine/head.ts';
import { questionOf } from '../../engine/running/until.ts';
import { MOVES } from '../../engine/wiring.ts';
import { describeThrown } from '../../errors/errors.ts';
import type { AnyFlow, Predicate } from '../../flow/authoring/flow.ts';
import type { MatchNode } from '../../flow/graph/graph.ts';
import { digest, type Json } from '../../flow/json.ts';
import type { CompletionCounts } from '../../flow/options/completion.ts';
import type { AttemptEnvironment } from '../chunk/attempt.ts';
import { Calls } from '../chunk/calls.ts';
import { withFields } from '../chunk/chunk-log.ts';
import { createFlowDataReader } from '../chunk/flow-data.ts';
import { holdsLong } from '../chunk/long-list.ts';
import { createStateReader } from '../chunk/state.ts';

type PredicateInput = Parameters<Predicate>[0];
type Until = (results: Json, counts: CompletionCounts) => unknown;

/** Returns the matching cases in order; runs a tap and returns no case. @throws the error of the user code */
export async function decideNode(
  around: AttemptEnvironment,
  flow: AnyFlow,
  row: Activation,
): Promise<readonly number[]> {
  if (row.asks !== undefined) return decideUntil(around, flow, row.asks);
  const node = flow.graph.nodes[row.node];
  const input = await around.give(row.input);
  const resources = await around.resources.ready(flow.contract.resources);
  const source = { ...around, flow, ...defined({ home: row.home }) };
  const calls = new Calls();
  const reader = { state: createStateReader(source), flowData: createFlowDataReader(source) };
  const context: PredicateInput = {
    input,
    state: { get: (path) => calls.track(reader.state.get(path)) },
    flowData: { get: (path, options) => calls.track(reader.flowData.get(path, options)) },
    resources,
  };
  const hits = node?.kind === 'match' ? await decideMatch(flow, node, context) : [];
  if (node?.kind === 'tap') {
    const log = withFields(around.ports.log, { executionId: around.owner.executionId, flow: flow.name });
    await codeOf(flow.taps, node.tap, flow)({ ...context, log });
  }
  await calls.settled();
  return hits;
}

/** Returns one hit when `until` holds. An error counts as false. */
async function decideUntil(around: AttemptEnvironment, flow: AnyFlow, scope: string): Promise<readonly number[]> {
  const head = await around.head();
  const question = questionOf({ graph: around.flow.graph, head, moves: MOVES }, scope);
  if (!question) return [];
  const results = await around.read(question.results);
  try {
    const holds = await (codeOf(flow.predicates, question.until, flow) as unknown as Until)(results, question.counts);
    return holds ? [0] : [];
  } catch (error) {
    const what = { executionId: around.owner.executionId, flow: flow.name, node: question.until };
    around.ports.log.warn('until failed', { ...what, ...describeThrown(error) });
    return [];
  }
}

/** Literals match by deep, strict equality; predicates may be async and match on a truthy result. */
async function decideMatch(flow: AnyFlow, node: MatchNode, context: PredicateInput): Promise<readonly number[]> {
  const hits: number[] = [];
  for (const [index, { when }] of node.cases.entries()) {
    const hit =
      'value' in when
        ? !holdsLong(context.input) && digest(when.value) === digest(context.input as Json)
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
  throw new Error(
    `Flow "${flow.name}" has no code for "${name}". Deploy the flow version that the execution was started with.`,
  );
}
