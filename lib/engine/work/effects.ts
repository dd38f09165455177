/** Applies the effects of an activation besides its output: state writes and their signals, emits, shared data. */

import { FlowError } from '../../errors/errors.ts';
import { listeners } from '../../flow/graph/graph.ts';
import { hashId, type Json } from '../../flow/json.ts';
import type { Effects, ErrorInfo, StateOperation } from '../events.ts';
import type { Activation, Origin, Value } from '../head.ts';
import { note, placeOf } from '../history/records.ts';
import { bySignal, originOf } from '../origin.ts';
import { resolveWaiting } from '../outside/interrupts.ts';
import { consume } from '../outside/interventions.ts';
import { withdrawFrom } from '../outside/withdrawals.ts';
import { graphAt, type Transition } from '../transition.ts';
import { checkAttributeCount, setAttributes } from '../values/attributes.ts';
import { queueFlowData } from '../values/shared-data.ts';
import { StateLists } from '../values/state-lists.ts';
import { type Apply, applyWithContract, splitPath, stateAt, writeState } from '../values/state-writes.ts';
import { literal } from '../values/value-refs.ts';

/** `wrote`: the state operations that changed the state or may have. */
export type Applied = { readonly refusal: ErrorInfo } | { readonly wrote: ReadonlySet<StateOperation> };

/**
 * Applies all effects or none. A write that another chunk's write made impossible is a refusal and leaves the head
 * unchanged.
 * @param first number of the first effect; effects of one activation are numbered across its commits
 * @param apply applies one write to the value of its key; default: by the contract of the state
 */
export function applyEffects(
  transition: Transition,
  activation: Activation,
  effects: Effects,
  first = 0,
  apply?: Apply,
): Applied {
  if (isNone(effects)) return NOTHING;
  const state = stateAt(transition.head, activation.home);
  const next = { ...state };
  const attributes = effects.attributes ?? [];
  let wrote: ReadonlySet<StateOperation>;
  try {
    checkAttributeCount(transition.head, attributes);
    const lists = apply ? undefined : new StateLists(transition, activation.home);
    const byContract = apply ?? applyWithContract(transition, activation.home);
    wrote = writeState(transition, next, effects.state, byContract, lists);
  } catch (error) {
    if (!FlowError.is(error)) throw error;
    return { refusal: { name: error.name, message: error.message, code: error.code } };
  }
  if (effects.state.length > 0) {
    for (const key of Object.keys(state)) if (!Object.hasOwn(next, key)) delete state[key];
    Object.assign(state, next);
  }
  setAttributes(transition.head, attributes, (position) => hashId(activation.id, 'attribute', first + position));
  consume(transition, activation.id, effects.consumed);
  for (const each of effects.withdrawn ?? []) withdrawFrom(transition, activation, each);
  const origin = withoutCascade(activation);
  effects.signals.forEach((signal, ordinal) => {
    noteSignal(transition, activation, { signal: signal.name, value: literal(signal.value) });
    queueSignal(transition, hashId(activation.id, 'signal', first + ordinal), signal.name, signal.value, origin);
  });
  effects.state.forEach((operation, ordinal) => {
    if (!wrote.has(operation)) return;
    queueStateSignal(transition, hashId(activation.id, 'state', first + ordinal), operation, next, origin);
  });
  const writes = (effects.flowData ?? []).map((operation, ordinal) => ({
    id: hashId(activation.id, 'flowData', first + ordinal),
    operation,
  }));
  queueFlowData(transition, origin, writes);
  return { wrote };
}

const NOTHING: Applied = { wrote: new Set() };

/** Most chunks only have an output. */
function isNone({ state, signals, consumed, flowData, attributes, withdrawn }: Effects): boolean {
  const others = consumed?.length || flowData?.length || attributes?.length || withdrawn?.length;
  return state.length === 0 && signals.length === 0 && !others;
}

/** A signal without listeners is accepted and has no further effect. */
function queueSignal(transition: Transition, id: string, name: string, value: Json, origin: Origin): void {
  resolveWaiting(transition, name, origin, literal(value));
  if (listeners(graphAt(transition, origin.home).on, name).length > 0) {
    transition.head.signals.push({ id, name, ...originOf(origin), value: literal(value) });
  }
}

/** Listeners get the whole new value of the key; `null` after a delete. */
function queueStateSignal(
  transition: Transition,
  id: string,
  { path: written, nowait }: StateOperation,
  state: Readonly<Record<string, Value>>,
  origin: Origin,
): void {
  const { key } = splitPath(written);
  if (!nowait || listeners(graphAt(transition, origin.home).onState ?? {}, key).length === 0) return;
  const value = Object.hasOwn(state, key) ? (state[key] ?? literal(null)) : literal(null);
  note(transition, 'signal_accepted', { signal: key, source: 'state', by: 'chunk' });
  transition.head.signals.push({ id, name: key, source: 'state', ...originOf(origin), value });
}

/** Notes that a chunk emitted a signal. */
export function noteSignal(
  transition: Transition,
  activation: Activation,
  emitted: { readonly signal: string; readonly value?: Value; readonly source?: 'state' },
): void {
  note(transition, 'signal_accepted', { ...placeOf(transition, activation, activation.id), ...emitted, by: 'chunk' });
}

/** Queued work belongs to no cascade, because nothing awaits it. */
function withoutCascade(activation: Activation): Origin {
  const { cascade: _, ...origin } = originOf(activation);
  return bySignal(origin);
}
