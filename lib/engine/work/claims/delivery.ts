/** Delivers queued signals to their listeners, in order of acceptance. */
import { listeners } from '../../../flow/graph/graph.ts';
import type { QueuedSignal } from '../../head.ts';
import { note } from '../../history/records.ts';
import { dispatch } from '../../moves.ts';
import { originOf } from '../../origin.ts';
import { deliverFromOutside, startFromOutside } from '../../outside/signals.ts';
import { graphAt, type Transition, takeRoom } from '../../transition.ts';

/** Delivers the oldest queued signals, at most `count`. @returns how many */
export function deliver(transition: Transition, count: number): number {
  if (transition.head.failure || transition.head.paused) return 0;
  const { signals: queued } = transition.head;
  const signals = queued.splice(0, takeRoom(transition, Math.min(count, queued.length)));
  for (const signal of signals) deliverOne(transition, signal);
  return signals.length;
}

function deliverOne(transition: Transition, signal: QueuedSignal): void {
  const graph = graphAt(transition, signal.home);
  const source = signal.source === undefined ? {} : { source: signal.source };
  note(transition, 'signal_delivered', { signal: signal.name, ...source });
  if (signal.outside) return startFromOutside(transition, signal);
  if (signal.source === 'flowData' && signal.home === undefined)
    return deliverFromOutside(transition, listeners(graph.onFlowData ?? {}, signal.name), signal.value, signal.id);
  const heard = { state: graph.onState, flowData: graph.onFlowData, emit: graph.on }[signal.source ?? 'emit'];
  dispatch(transition, listeners(heard ?? {}, signal.name), signal.value, originOf(signal), signal.id);
}
