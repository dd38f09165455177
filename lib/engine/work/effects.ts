/** What an activation did besides its output: state writes, the signals they set off, and signals of its own. */
import { FlowError } from '../../errors/errors.ts';
import { listeners } from '../../flow/graph/graph.ts';
import { hashId, type Json } from '../../flow/json.ts';
import { pathOf } from '../dispatch.ts';
import type { Effects, ErrorInfo, StateOperation } from '../events.ts';
import { queueFlowData } from '../values/shared-data.ts';
import { bySignal } from './handlers.ts';
import type { Activation, Path, Value } from '../head.ts';
import { resolveWaiting } from '../outside/interrupts.ts';
import { consume } from '../outside/interventions.ts';
import { type Apply, splitPath, stateAt, underContract, writeState } from '../values/state-writes.ts';
import { graphAt, type Turn } from '../transition.ts';
import { inline } from '../values/value-refs.ts';

/** `wrote`: the state operations that changed something or might have. */
export type Applied = { readonly refusal: ErrorInfo } | { readonly wrote: ReadonlySet<StateOperation> };

/**
 * All of it, or nothing: an impossible write (another chunk changed what its path goes through) is a refusal and leaves no
 * trace. `first` numbers the effects of one activation over its commits.
 */
export function applyEffects(turn: Turn, activation: Activation, effects: Effects, first = 0): Applied {
  const state = stateAt(turn.head, activation.home);
  const next = { ...state };
  let wrote: ReadonlySet<StateOperation>;
  try {
    wrote = writeState(turn, next, effects.state, writerOf(turn, activation));
  } catch (error) {
    if (!FlowError.is(error)) throw error;
    return { refusal: { name: error.name, message: error.message, code: error.code } };
  }
  for (const key of Object.keys(state)) delete state[key];
  Object.assign(state, next);
  consume(turn, activation.id, effects.consumed);
  const path = withoutCascade(activation);
  effects.signals.forEach((signal, ordinal) => {
    queueSignal(turn, hashId(activation.id, 'signal', first + ordinal), signal.name, signal.value, path);
  });
  effects.state.forEach((operation, ordinal) => {
    if (!wrote.has(operation)) return;
    queueStateSignal(turn, hashId(activation.id, 'state', first + ordinal), operation, next, path);
  });
  const writes = (effects.flowData ?? []).map((operation, ordinal) => ({
    id: hashId(activation.id, 'flowData', first + ordinal),
    operation,
  }));
  queueFlowData(turn, path, writes);
  return { wrote };
}

/** Chunks parse what they set; what sub-flows write back is parsed here. */
function writerOf(turn: Turn, { home, node }: Activation): Apply {
  const { written } = turn.facts;
  if (!written || graphAt(turn, home).nodes[node]?.kind !== 'subFlow') return underContract(turn, home);
  return (value, operation) => written(turn.head, home, operation, value);
}

/** A signal that nothing listens to is accepted and over. */
function queueSignal(turn: Turn, id: string, name: string, value: Json, path: Path): void {
  resolveWaiting(turn, name, path, inline(value));
  if (listeners(graphAt(turn, path.home).on, name).length > 0) {
    turn.head.signals.push({ id, name, ...pathOf(path), value: inline(value) });
  }
}

/** Listeners get the whole new value of the key, `null` once it is deleted. */
function queueStateSignal(
  turn: Turn,
  id: string,
  { path: written, nowait }: StateOperation,
  state: Readonly<Record<string, Value>>,
  path: Path,
): void {
  const { key } = splitPath(written);
  if (!nowait || listeners(graphAt(turn, path.home).onState ?? {}, key).length === 0) return;
  const value = Object.hasOwn(state, key) ? (state[key] ?? inline(null)) : inline(null);
  turn.head.signals.push({ id, name: key, source: 'state', ...pathOf(path), value });
}

/** Work that is queued belongs to no cascade: nobody awaits it. */
function withoutCascade(activation: Activation): Path {
  const { cascade: _, ...path } = pathOf(activation);
  return bySignal(path);
}
