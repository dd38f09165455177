/** Everything that the screen of one execution shows, read again while it may change. */
import { useMemo } from 'react';
import { call } from '../api/call.ts';
import type { View } from '../api/history.ts';
import { executionPath } from '../api/paths.ts';
import { type Polled, usePoll } from '../api/poll.ts';
import type { Definition } from '../api/wire.ts';
import { draw } from '../graph/draw.ts';
import type { Drawing } from '../graph/drawing.ts';
import { type Activity, createActivity } from '../live/activity.ts';
import { complete } from '../live/complete.ts';
import { type LineState, lineStates } from '../live/line-state.ts';
import { type NodeLive, nodeStates } from '../live/node-state.ts';
import { pauseOf } from './reading.ts';
import { type History, useHistory } from './use-history.ts';

export interface Execution extends Pick<Polled<View>, 'error' | 'refresh'> {
  readonly view: View | undefined;
  readonly history: History;
  readonly activity: Activity;
  readonly definition: Definition | undefined;
  readonly drawing: Drawing | undefined;
  readonly states: ReadonlyMap<string, NodeLive> | undefined;
  readonly lines: ReadonlyMap<string, LineState> | undefined;
}

export function useExecution(id: string): Execution {
  const path = executionPath(id);
  const { value, error, refresh } = usePoll(path, (signal) => call<View>('GET', path, { signal }), pauseOf);
  const graph = usePoll(`${path}/graph`, (signal) => call<Definition>('GET', `${path}/graph`, { signal }), undefined);
  const history = useHistory(id, value);
  const definition = graph.value;
  const drawing = useMemo(() => definition && draw(definition.graph, definition.predicates), [definition]);
  const { items, summary } = history;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another execution is counted anew
  const count = useMemo(createActivity, [id]);
  const activity = useMemo(() => count(items, summary), [count, items, summary]);
  const view = useMemo(
    () => (value && drawing ? complete(value, items, drawing, activity) : value),
    [value, items, drawing, activity],
  );
  // A stage without history: the graph is shown as it is before it runs.
  const knowsNothing = history.isMissing === true && view?.doing === undefined;
  const states = useMemo(
    () => (drawing && view && !knowsNothing ? nodeStates(drawing, { view, activity }) : undefined),
    [drawing, view, activity, knowsNothing],
  );
  const lines = useMemo(() => (drawing && states ? lineStates(drawing, states) : undefined), [drawing, states]);
  return { view, error, refresh, history, activity, definition, drawing, states, lines };
}
