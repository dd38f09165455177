/** Sub-flows are frames with a state of their own. Only captured values enter, and only written-back values leave. */
import { FlowError } from '../../errors/errors.ts';
import { type Bindings, listeners, type SubFlowNode } from '../../flow/graph/graph.ts';
import { canonical } from '../../flow/json.ts';
import type { StateOperation } from '../events.ts';
import { leaveChild } from '../frames/children.ts';
import type { Activation, ChildFrame, ScopeId, Value } from '../head.ts';
import { errorOf, type HistoryRecord, note, placeOf, valuesFor } from '../history/records.ts';
import { dispatch, fail } from '../moves.ts';
import { bySignal, originOf } from '../origin.ts';
import { graphAt, type Transition } from '../transition.ts';
import { bind, pathsOf, type Sources, writtenBack } from '../values/bindings.ts';
import { sharedAt } from '../values/shared-data.ts';
import { type Apply, applyWithContract, FINAL_RESULT, splitPath, stateAt } from '../values/state-writes.ts';
import { literal, readValue } from '../values/value-refs.ts';
import { applyEffects } from '../work/effects.ts';
import type { Arrival, FrameOperator, Operator } from './operator.ts';

export const subFlow: Operator<SubFlowNode> = {
  enter: openChild,
  redrive(transition, node, row) {
    const { head } = transition;
    head.activations = head.activations.filter((each) => each !== row);
    // An existing frame has run already: only its write-back is retried.
    if (head.frames[row.id]) return;
    openChild(transition, { node, at: row.node, value: row.input, origin: row, id: row.id });
  },
};

export const child: FrameOperator<ChildFrame> = { endsByItself: true };

type Captured = readonly (readonly [key: string, found: Value | undefined])[];

/** Opens the frame of a sub-flow. A missing capture path does not throw: it fails the sub-flow. */
function openChild(transition: Transition, arrival: Omit<Arrival<SubFlowNode>, 'answer'>): void {
  const { node, at, value, origin, id } = arrival;
  const shared = readsShared(node) ? sharedAt(transition, origin.home) : {};
  if (!shared) return;
  const sources: Sources = { value, state: { of: stateAt(transition.head, origin.home) }, flowData: { of: shared } };
  const input = bind(transition, node.capture?.input ?? 'value', sources);
  const captured = (bindings: Readonly<Record<string, Bindings>> | undefined): Captured =>
    bindings ? Object.entries(bindings).map(([key, from]) => [key, bind(transition, from, sources)] as const) : [];
  const [state, view] = [captured(node.capture?.state), captured(node.capture?.flowData)] as const;
  if (transition.missing.values.size > 0) return;
  const row: Activation = { id, node: at, ...originOf(origin), input: value, attempt: 1 };
  const [what] = [...(input === undefined ? ['input'] : []), ...missing('state', state), ...missing('flowData', view)];
  if (input === undefined || what !== undefined)
    return refuse(
      transition,
      row,
      'missing_capture',
      `captures ${what} from a path without a value: correct the path, or set the value before`,
    );
  const accepted = acceptedBy(transition, row, [[undefined, input], ...state]);
  if ('refusal' in accepted)
    return refuse(
      transition,
      row,
      accepted.refusal.code,
      `cannot capture ${accepted.refusal.message.replace(/\.$/, '')}`,
    );
  if (transition.missing.values.size > 0) return;
  const [start = input, ...values] = accepted.values;
  transition.head.frames[id] = {
    kind: 'child',
    node: at,
    parent: originOf(origin),
    ...capOf(node),
    value,
    state: Object.fromEntries(state.map(([key], i) => [key, values[i] ?? literal(null)])),
    ...(view.length > 0 ? { shared: Object.fromEntries(view) as Record<string, Value> } : {}),
  };
  note(transition, 'items_opened', {
    ...placeOf(transition, { ...origin, node: at }),
    scope: id,
    kind: 'subFlow',
    ...valuesFor(transition, { input: start }),
  });
  dispatch(transition, node.graph.entry, start, { ...bySignal(origin), scope: id, home: id }, id);
}

/** The captured values as the contract of the sub-flow converts them. Each has its state key; the input has none. */
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
      return given === value || canonical(given) === canonical(value) ? found : literal(given);
    });
    return { values };
  } catch (error) {
    if (FlowError.is(error)) return { refusal: error };
    throw error;
  }
}

/** The node's limit and the child definition's limit both apply; the lower one wins. */
function capOf({ concurrency = Infinity, graph }: SubFlowNode): Pick<ChildFrame, 'concurrency'> {
  const cap = Math.min(concurrency, graph.concurrency ?? Infinity);
  return cap === Infinity ? {} : { concurrency: cap };
}

function missing(scope: string, captured: Captured): string[] {
  return captured.filter(([, found]) => found === undefined).map(([key]) => `${scope}.${key}`);
}

function readsShared({ capture }: SubFlowNode): boolean {
  if (!capture) return false;
  const all = [capture.input ?? '', ...Object.values(capture.state ?? {}), ...Object.values(capture.flowData ?? {})];
  return all.flatMap(pathsOf).some((path) => path.split('.')[0] === 'flowData');
}

function refuse(transition: Transition, activation: Activation, code: string | undefined, problem: string): void {
  transition.head.activations.push(activation);
  const message = `The sub-flow at "${activation.node}" ${problem}.`;
  const error = { name: 'FlowError', ...(code === undefined ? {} : { code }), message };
  noteDone(transition, activation.id, activation, { error: errorOf(error) });
  fail(transition, activation, error);
}

function noteDone(
  transition: Transition,
  scope: ScopeId,
  row: Activation,
  facts: Pick<HistoryRecord, 'error' | 'output'>,
): void {
  note(transition, 'items_done', { ...placeOf(transition, row), scope, kind: 'subFlow', ...facts });
}

/**
 * Writes back the results of the sub-flow and sends its output on.
 * @param inside scopes of the frames inside it
 */
export function endChild(transition: Transition, scope: ScopeId, frame: ChildFrame, inside: readonly ScopeId[]): void {
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
    return refuse(
      transition,
      row,
      'missing_capture',
      `writes back ${paths.join(', ')}, which has no value: correct the path, or set the value in the sub-flow`,
    );
  }
  const effects = { state: operations, signals: [], flowData };
  const applied = applyEffects(transition, row, effects, 0, writerOf(transition, row));
  if ('refusal' in applied) {
    const { code, message } = applied.refusal;
    return refuse(transition, row, code, `cannot write back: ${message.replace(/\.$/, '')}`);
  }
  leaveChild(transition.head, scope, inside);
  noteDone(transition, scope, row, valuesFor(transition, { output: value }));
  const { onState = {} } = graphAt(transition, frame.parent.home);
  for (const [path] of writes) {
    const { key } = splitPath(path);
    const written = stateAt(transition.head, frame.parent.home)[key] ?? literal(null);
    dispatch(transition, listeners(onState, key), written, bySignal(frame.parent), `${scope}/${path}`);
  }
  dispatch(transition, node.out, value, frame.parent, scope);
}

/** Written-back values are parsed here; values that chunks set were parsed before. */
function writerOf(transition: Transition, { home }: Activation): Apply {
  const { written } = transition.lookups;
  if (!written) return applyWithContract(transition, home);
  return (value, operation) => written(transition.head, home, operation, value);
}
