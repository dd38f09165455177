/** The end of an attempt: everything the activation did becomes true in one step, or nothing does. */

import { FlowError } from '../errors.ts';
import { listeners } from '../flow/graph.ts';
import { hashId } from '../flow/json.ts';
import { decide, dispatch } from './dispatch.ts';
import type { Answer, Effects, ErrorInfo, Outcome, SettleEvent } from './events.ts';
import type { Activation, ScopeId } from './head.ts';
import { chunkName, retryDelay, retryPolicy } from './policy.ts';
import { writeState } from './state.ts';
import type { Turn } from './turn.ts';
import { inline } from './values.ts';

type Done = Extract<Outcome, { kind: 'done' }>;
type Paused = Extract<Outcome, { kind: 'paused' }>;
type Failed = Extract<Outcome, { kind: 'failed' }>;

/** The token is (activation, fence, attempt): without it nothing changes, whatever the clocks say. */
export function settle(turn: Turn, event: SettleEvent): Answer {
  const activation = turn.head.activations.find((each) => each.id === event.activation);
  if (!activation) return { kind: 'already' };
  if (activation.fence !== event.fence || activation.attempt !== event.attempt) return { kind: 'refused' };
  const { outcome } = event;
  if (outcome.kind === 'failed') {
    failAttempt(turn, activation, outcome);
    return { kind: 'applied' };
  }
  const node = turn.graph.nodes[activation.node];
  if (node?.kind === 'match' && !turn.facts.decisions.has(activation.id)) {
    turn.needs.decisions.add(activation.id);
    return { kind: 'refused' };
  }
  const refusal = applyEffects(turn, activation, outcome.effects);
  if (refusal) {
    failAttempt(turn, activation, { kind: 'failed', error: refusal, fatal: true, entropy: 0 });
    return { kind: 'applied' };
  }
  remove(turn, activation);
  if (outcome.kind === 'done') complete(turn, activation, outcome);
  else pause(turn, activation, outcome);
  return { kind: 'applied' };
}

function complete(turn: Turn, { id, node: nodeId, scope, input }: Activation, outcome: Done): void {
  const node = turn.graph.nodes[nodeId];
  if (node?.kind === 'chunk') {
    const after = listeners(turn.graph.after, node.chunk);
    dispatch(turn, [...node.out, ...after], inline(outcome.output), scope, id);
  } else if (node?.kind === 'match') {
    decide(turn, node, turn.facts.decisions.get(id) ?? -1, input, scope, id);
  }
}

function pause(turn: Turn, { id, node, scope }: Activation, { pause: spec }: Paused): void {
  turn.head.interrupts.push({
    id: hashId(turn.head.id, id, 'interrupt'),
    activation: id,
    node,
    scope,
    type: spec.type,
    payload: inline(spec.payload),
    createdAt: turn.now,
    ...(spec.expiresIn === undefined ? {} : { expiresAt: turn.now + spec.expiresIn }),
    ...(spec.onExpiry ? { onExpiry: { value: inline(spec.onExpiry.value) } } : {}),
  });
}

/** State writes and signals; an impossible write (another chunk changed what its path goes through) is returned. */
function applyEffects(turn: Turn, activation: Activation, effects: Effects): ErrorInfo | undefined {
  const before = { ...turn.head.state };
  try {
    writeState(turn, effects.state);
  } catch (error) {
    if (!FlowError.is(error)) throw error;
    turn.head.state = before;
    return { name: error.name, message: error.message, code: error.code };
  }
  effects.signals.forEach((signal, ordinal) => {
    queueSignal(turn, hashId(activation.id, 'signal', ordinal), signal.name, signal.value, activation.scope);
  });
  return undefined;
}

/** A signal that nothing listens to is accepted and over. */
function queueSignal(turn: Turn, id: string, name: string, value: Done['output'], scope: ScopeId): void {
  if (listeners(turn.graph.on, name).length > 0) turn.head.signals.push({ id, name, scope, value: inline(value) });
}

function failAttempt(turn: Turn, activation: Activation, outcome: Failed): void {
  const policy = retryPolicy(turn.graph, turn.head, activation.node);
  if (outcome.fatal || activation.attempt >= policy.maxAttempts) return fail(turn, activation, outcome.error);
  delete activation.fence;
  activation.dueAt = turn.now + retryDelay(policy, activation.attempt, outcome.entropy, outcome.retryAfter);
}

/** Ends the activation for good; the execution is failed with its first such error and dispatches nothing more. */
export function fail(turn: Turn, activation: Activation, error: ErrorInfo): void {
  delete activation.fence;
  activation.failed = true;
  turn.head.failure ??= { ...error, chunk: chunkName(turn.graph, activation.node), attempt: activation.attempt };
}

function remove(turn: Turn, activation: Activation): void {
  turn.head.activations.splice(turn.head.activations.indexOf(activation), 1);
}
