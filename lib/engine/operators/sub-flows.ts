/** Sub-flows: frames with a state of their own. Only what is captured goes in, only what is written back comes out. */

import { FlowError } from '../../errors/errors.ts';
import { type Bindings, listeners, type NodeId, type SubFlowNode } from '../../flow/graph/graph.ts';
import { canonical, type Json } from '../../flow/json.ts';
import type { StateOperation } from '../events.ts';
import { hasMore } from '../frames/busy.ts';
import { dropChild, leaveChild } from '../frames/children.ts';
import type { Activation, ChildFrame, Frame, Head, Origin, ScopeId, Value } from '../head.ts';
import { dispatch, fail } from '../moves.ts';
import { bySignal, originOf } from '../origin.ts';
import { graphAt, type Transition } from '../transition.ts';
import { sharedAt } from '../values/shared-data.ts';
import { FINAL_RESULT, readPath, splitPath, stateAt } from '../values/state-writes.ts';
import { literal, readValue } from '../values/value-refs.ts';
import { applyEffects } from '../work/effects.ts';

type Sources = Readonly<Record<string, Value>>;
type Captured = readonly (readonly [key: string, found: Value | undefined])[];

/** @throws nothing: a missing capture path fails the execution as the sub-flow's failure */
export function openChild(
  transition: Transition,
  id: NodeId,
  node: SubFlowNode,
  value: Value,
  path: Origin,
  instance: ScopeId,
): void {
  const shared = readsShared(node) ? sharedAt(transition, path.home) : {};
  if (!shared) return;
  const sources: Sources = { value, state: { of: stateAt(transition.head, path.home) }, flowData: { of: shared } };
  const input = bind(transition, node.capture?.input ?? 'value', sources);
  const captured = (bindings: Readonly<Record<string, Bindings>> = {}): Captured =>
    Object.entries(bindings).map(([key, from]) => [key, bind(transition, from, sources)] as const);
  const [state, view] = [captured(node.capture?.state), captured(node.capture?.flowData)] as const;
  if (transition.missing.values.size > 0) return;
  const row: Activation = { id: instance, node: id, ...originOf(path), input: value, attempt: 1 };
  const [what] = [...(input === undefined ? ['input'] : []), ...missing('state', state), ...missing('flowData', view)];
  if (input === undefined || what !== undefined)
    return refuse(transition, row, 'missing_capture', `captures ${what} from where nothing is`);
  const accepted = acceptedBy(transition, row, [[undefined, input], ...state]);
  if ('refusal' in accepted)
    return refuse(
      transition,
      row,
      accepted.refusal.code,
      `can not capture ${accepted.refusal.message.replace(/\.$/, '')}`,
    );
  if (transition.missing.values.size > 0) return;
  const [start = input, ...values] = accepted.values;
  transition.head.frames[instance] = {
    kind: 'child',
    node: id,
    parent: originOf(path),
    ...capOf(node),
    value,
    state: Object.fromEntries(state.map(([key], i) => [key, values[i] ?? literal(null)])),
    ...(view.length > 0 ? { shared: Object.fromEntries(view) as Record<string, Value> } : {}),
  };
  dispatch(transition, node.graph.entry, start, { ...bySignal(path), scope: instance, home: instance }, instance);
}

/** What is captured, as the contract of the sub-flow gives it: state keys, and the input without a key. */
function acceptedBy(
  { head, lookups, missing }: Transition,
  { home, node }: Activation,
  captured: readonly (readonly [key: string | undefined, found: Value | undefined])[],
): { readonly values: readonly Value[] } | { readonly refusal: FlowError } {
  try {
    const values = captured.map(([key, found = literal(null)]) => {
      const check = lookups.captured?.(head, home, node, key);
      const value = check && readValue(found, lookups.values, missing.values);
      if (!check || value === undefined) return found;
      const given = check(value);
      return canonical(given) === canonical(value) ? found : literal(given);
    });
    return { values };
  } catch (error) {
    if (FlowError.is(error)) return { refusal: error };
    throw error;
  }
}

/** Its own cap and the one of the child's definition both hold. */
function capOf({ concurrency = Infinity, graph }: SubFlowNode): Pick<ChildFrame, 'concurrency'> {
  const cap = Math.min(concurrency, graph.concurrency ?? Infinity);
  return cap === Infinity ? {} : { concurrency: cap };
}

function missing(scope: string, captured: Captured): string[] {
  return captured.filter(([, found]) => found === undefined).map(([key]) => `${scope}.${key}`);
}

function readsShared({ capture = {} }: SubFlowNode): boolean {
  const all = [capture.input ?? '', ...Object.values(capture.state ?? {}), ...Object.values(capture.flowData ?? {})];
  return all.flatMap(pathsOf).some((path) => path.split('.')[0] === 'flowData');
}

function pathsOf(binding: Bindings): readonly string[] {
  return typeof binding === 'string' ? [binding] : Object.values(binding).flatMap(pathsOf);
}

/** Ends the first child frame without live work. Says whether there was one. @param frames all that the head has */
export function endIdleChild(
  transition: Transition,
  frames: readonly (readonly [scope: ScopeId, frame: Frame])[],
): boolean {
  const children = frames.filter((entry): entry is ChildEntry => entry[1].kind === 'child');
  if (children.length === 0) return false;
  const open = frames.flatMap(([, frame]) => (hasMore(frame) ? [frame.parent] : []));
  const work = liveWork(transition.head, children, open);
  const idle = children.find((child) => isIdle(work, child));
  if (!idle) return false;
  const [scope, frame] = idle;
  if (frame.over) dropChild(transition.head, scope);
  else endChild(transition, scope, frame);
  return transition.missing.values.size === 0;
}

type ChildEntry = readonly [scope: ScopeId, frame: ChildFrame];

/** What goes on inside sub-flows, each set by their frames: one pass over the head serves all frames. */
interface LiveWork {
  /** Ids of activations; a sub-flow that could not be written back has a row with the id of its frame. */
  readonly ids: ReadonlySet<string>;
  readonly busy: ReadonlySet<ScopeId>;
  /** Failed side branches that a redrive may retry. */
  readonly failedSides: ReadonlySet<ScopeId>;
  /** Sub-flows that have ended and are kept for a redrive. */
  readonly endedInside: ReadonlySet<ScopeId>;
}

/** @param open where operators have items or branches that are still to be started */
function liveWork(head: Head, children: readonly ChildEntry[], open: readonly Origin[]): LiveWork {
  const isFailedSide = ({ failed, side }: Activation) => failed === true && side === true;
  const parents = (over: boolean) =>
    children.flatMap(([, frame]) => ((frame.over ?? false) === over ? [frame.parent] : []));
  const rows = head.activations.filter((each) => !isFailedSide(each));
  return {
    ids: new Set(head.activations.map(({ id }) => id)),
    // A frame inside ends first: its result goes on in this one.
    busy: homesAround(head, [...rows, ...head.signals, ...head.interrupts, ...open, ...parents(false)]),
    failedSides: homesAround(head, head.activations.filter(isFailedSide)),
    endedInside: homesAround(head, parents(true)),
  };
}

/** The sub-flow frames that contain one of the paths. */
function homesAround({ frames }: Head, paths: readonly Origin[]): ReadonlySet<ScopeId> {
  const homes = new Set<ScopeId>();
  for (const { home } of paths) {
    for (let at = home; at !== undefined && !homes.has(at); at = frames[at]?.parent.home) homes.add(at);
  }
  return homes;
}

/** A failed side branch of the sub-flow's own does not hold it up: the main path continues without it. */
function isIdle({ ids, busy, failedSides, endedInside }: LiveWork, [scope, frame]: ChildEntry): boolean {
  if (ids.has(scope) || busy.has(scope)) return false;
  const countsSides = frame.over || frame.parent.side;
  return !(countsSides && failedSides.has(scope)) && !(frame.over && endedInside.has(scope));
}

function endChild(transition: Transition, scope: ScopeId, frame: ChildFrame): void {
  const node = graphAt(transition, frame.parent.home).nodes[frame.node];
  if (node?.kind !== 'subFlow') return;
  const result = frame.state[FINAL_RESULT] ?? { of: frame.state };
  const sources: Sources = { result, state: { of: frame.state } };
  const value = writtenBack(transition, node.writeBack?.value, frame.value, sources);
  const writes = Object.entries(node.writeBack?.state ?? {}).map(
    ([path, from]) => [path, bind(transition, from, sources)] as const,
  );
  const shared = Object.entries(node.writeBack?.flowData ?? {}).map(
    ([path, from]) => [path, bind(transition, from, sources)] as const,
  );
  const set = ([path, found]: Captured[number]): StateOperation => {
    const read = found && readValue(found, transition.lookups.values, transition.missing.values);
    return { op: 'set', path, value: read ?? null };
  };
  const operations = writes.map(set);
  const flowData = shared.map(set);
  if (transition.missing.values.size > 0) return;
  const row: Activation = { id: scope, node: frame.node, ...frame.parent, input: frame.value, attempt: 1 };
  if (value === undefined) {
    const paths = pathsOf(node.writeBack?.value ?? 'result').filter(
      (path) => bind(transition, path, sources) === undefined,
    );
    return refuse(transition, row, 'missing_capture', `writes back ${paths.join(', ')}, where nothing is`);
  }
  const applied = applyEffects(transition, row, { state: operations, signals: [], flowData });
  if ('refusal' in applied) {
    const { code, message } = applied.refusal;
    return refuse(transition, row, code, `can not write back: ${message.replace(/\.$/, '')}`);
  }
  leaveChild(transition.head, scope);
  const { onState = {} } = graphAt(transition, frame.parent.home);
  for (const [path] of writes) {
    const { key } = splitPath(path);
    const written = stateAt(transition.head, frame.parent.home)[key] ?? literal(null);
    dispatch(transition, listeners(onState, key), written, bySignal(frame.parent), `${scope}/${path}`);
  }
  dispatch(transition, node.out, value, frame.parent, scope);
}

/** A path replaces the value, an object patches it. */
function writtenBack(
  transition: Transition,
  binding: Bindings | undefined,
  value: Value,
  sources: Sources,
): Value | undefined {
  if (binding === undefined) return sources.result;
  if (typeof binding === 'string') return bind(transition, binding, sources);
  const patch = bind(transition, binding, sources);
  const base = readValue(value, transition.lookups.values, transition.missing.values);
  if (patch === undefined || !('of' in patch)) return undefined;
  const isObject = typeof base === 'object' && base !== null && !Array.isArray(base);
  const members = isObject ? Object.entries(base as { readonly [key: string]: Json }) : [];
  return { of: { ...Object.fromEntries(members.map(([key, member]) => [key, literal(member)])), ...patch.of } };
}

/** What stands at a binding; `undefined` = nothing. Stored values are asked for in `needs`. */
function bind(transition: Transition, binding: Bindings, sources: Sources): Value | undefined {
  if (typeof binding !== 'string') {
    const parts = Object.entries(binding).map(([key, from]) => [key, bind(transition, from, sources)] as const);
    if (parts.some(([, part]) => part === undefined)) return undefined;
    return { of: Object.fromEntries(parts) as Record<string, Value> };
  }
  const [root = '', ...steps] = binding.split('.');
  return at(transition, sources[root], steps);
}

function at(transition: Transition, value: Value | undefined, steps: readonly string[]): Value | undefined {
  const [step, ...rest] = steps;
  if (value === undefined || step === undefined) return value;
  if ('of' in value) return Object.hasOwn(value.of, step) ? at(transition, value.of[step], rest) : undefined;
  const known = readValue(value, transition.lookups.values, transition.missing.values);
  const found = readPath(known, steps);
  return found === undefined ? undefined : literal(found);
}

function refuse(transition: Transition, activation: Activation, code: string | undefined, problem: string): void {
  transition.head.activations.push(activation);
  const message = `The sub-flow at "${activation.node}" ${problem}.`;
  fail(transition, activation, { name: 'FlowError', ...(code === undefined ? {} : { code }), message });
}
