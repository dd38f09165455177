/**
 * Awaited emits. The work that one starts is a cascade; the emitting activation continues once the cascade is quiet.
 */

import { listeners, type Target } from '../../flow/graph/graph.ts';
import { hashId } from '../../flow/json.ts';
import type { Answer, AwaitEvent, EmitEvent } from '../events.ts';
import type { Activation, Head, Value } from '../head.ts';
import { permitsOf } from '../limits/permits.ts';
import { dispatch } from '../moves.ts';
import { bySignal, originOf } from '../origin.ts';
import { resolveWaiting } from '../outside/interrupts.ts';
import { graphAt, type Transition } from '../transition.ts';
import { splitPath, stateAt } from '../values/state-writes.ts';
import { literal } from '../values/value-refs.ts';
import { isHeldBy } from './claims/attempt-token.ts';
import { pointsOf } from './commit-points.ts';
import { applyEffects, noteSignal } from './effects.ts';
import { failAttempt, failExecution, giveUp } from './failures.ts';

/** Id of the cascade that the activation's operation with this ordinal starts. */
export function cascadeId(activation: string, ordinal: number): string {
  return hashId(activation, 'cascade', ordinal);
}

/** True when no work of the cascade is ready, running or retried. Pending waits do not count. */
export function isQuiet(head: Head, cascade: string): boolean {
  return !head.activations.some((activation) => activation.cascade === cascade && !activation.failed);
}

/** Cascades that are not quiet, collected in one pass. */
export function busyCascades(head: Head): ReadonlySet<string> {
  return new Set(head.activations.flatMap(({ cascade, failed }) => (cascade === undefined || failed ? [] : [cascade])));
}

/** Accepts an awaited emit with the effects before it. Its ordinal recognises a repeat. */
export function emit(transition: Transition, event: EmitEvent): Answer {
  const activation = transition.head.activations.find((each) => each.id === event.activation);
  if (!isHeldBy(activation, event)) return { kind: 'refused' };
  const accepted = activation.ops?.n ?? 0;
  if (accepted >= event.ordinal) return { kind: 'already' };
  const own = 'state' in event.emits ? [event.emits.state] : [];
  const effects = { ...event.effects, state: [...event.effects.state, ...own] };
  const applied = applyEffects(transition, activation, effects, accepted);
  if ('refusal' in applied) {
    failAttempt(transition, activation, { kind: 'failed', error: applied.refusal, fatal: true, entropy: 0 });
    return { kind: 'applied' };
  }
  const id = cascadeId(activation.id, event.ordinal);
  activation.ops = { n: event.ordinal, h: event.hash, ...pointsOf(activation, event) };
  activation.awaiting = [...(activation.awaiting ?? []), id];
  transition.head.cascades[id] = { owner: activation.id };
  // A delete of an absent value is accepted and starts nothing.
  if ('state' in event.emits && !applied.wrote.has(event.emits.state)) return { kind: 'applied' };
  const { emits } = event;
  const what =
    'signal' in emits
      ? { signal: emits.signal, value: literal(emits.value) }
      : { signal: splitPath(emits.state.path).key, source: 'state' as const };
  noteSignal(transition, activation, what);
  const { targets, value } = heard(transition, activation, event);
  dispatch(transition, targets, value, { ...bySignal(originOf(activation)), cascade: id }, id);
  return { kind: 'applied' };
}

function heard(
  transition: Transition,
  activation: Activation,
  { emits }: EmitEvent,
): { readonly targets: readonly Target[]; readonly value: Value } {
  const { home } = activation;
  const graph = graphAt(transition, home);
  if ('signal' in emits) {
    resolveWaiting(transition, emits.signal, activation, literal(emits.value));
    return { targets: listeners(graph.on, emits.signal), value: literal(emits.value) };
  }
  const { key } = splitPath(emits.state.path);
  const state = stateAt(transition.head, home);
  const value = Object.hasOwn(state, key) ? (state[key] ?? literal(null)) : literal(null);
  return { targets: listeners(graph.onState ?? {}, key), value };
}

export function wait({ head }: Transition, { activation: id, fence, cascade }: AwaitEvent): Answer {
  const activation = head.activations.find((each) => each.id === id);
  if (activation?.fence !== fence || !head.cascades[cascade]) return { kind: 'refused' };
  if (activation.awaiting?.includes(cascade)) return { kind: 'already' };
  activation.awaiting = [...(activation.awaiting ?? []), cascade];
  return { kind: 'applied' };
}

export function reenter(transition: Transition, { activation: id, fence, cascade }: AwaitEvent): Answer {
  const activation = transition.head.activations.find((each) => each.id === id);
  if (activation?.fence !== fence) return { kind: 'refused' };
  if (!activation.awaiting?.includes(cascade)) return { kind: 'already' };
  const last = activation.awaiting.length === 1;
  if (!isQuiet(transition.head, cascade) || (last && !permitsOf(transition.head).has(activation)))
    return { kind: 'refused' };
  if (last) delete activation.awaiting;
  else activation.awaiting = activation.awaiting.filter((each) => each !== cascade);
  return { kind: 'applied' };
}

/** Activations kept for a redrive. */
export function listFailed(head: Head): readonly Activation[] {
  return head.activations.filter((activation) => activation.failed);
}

/**
 * Ends the cascades of an ended activation: their work continues without an owner. Their failed activations are given
 * up. A failure that the owner was still awaiting fails the execution.
 * @param awaiting cascades that the owner was awaiting
 */
export function endCascadesOf(transition: Transition, owner: string, awaiting: readonly string[] = []): void {
  const { head } = transition;
  for (const [id, cascade] of Object.entries(head.cascades)) {
    if (cascade.owner !== owner) continue;
    delete head.cascades[id];
    for (const failed of listFailed(head)) {
      if (failed.cascade !== id) continue;
      if (cascade.failure && awaiting.includes(id)) failExecution(transition, failed, cascade.failure);
      else giveUp(transition, failed);
    }
  }
}
