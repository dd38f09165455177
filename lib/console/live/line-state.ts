/** How each line of a drawing looks: taken, about to be, or not. */
import type { Drawing, Line } from '../graph/drawing.ts';
import type { NodeLive } from './node-state.ts';

export type LineState = 'done' | 'live' | 'retry' | 'wait' | 'off' | 'no';

export function lineState(
  { from, to, slot }: Pick<Line, 'from' | 'to' | 'slot'>,
  states: ReadonlyMap<string, NodeLive>,
): LineState {
  const [source, target] = [states.get(from), states.get(to)];
  if (!source || !target || source.state === 'later') return 'off';
  if (source.state === 'skipped' || target.state === 'skipped') return 'no';
  if (slot !== undefined && !target.isFull) {
    if (target.have && slot in target.have) return 'done';
    return source.state === 'waiting' ? 'wait' : 'off';
  }
  if (target.state === 'later') return source.state === 'waiting' ? 'wait' : 'off';
  if (target.state === 'retrying') return 'retry';
  return target.state === 'running' ? 'live' : 'done';
}

export function lineStates({ lines }: Drawing, states: ReadonlyMap<string, NodeLive>): ReadonlyMap<string, LineState> {
  return new Map(lines.map((line) => [line.id, lineState(line, states)]));
}
