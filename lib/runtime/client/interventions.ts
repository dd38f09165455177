/** Checks of interventions that callers add, and their answers. */
import { defined } from '../../defined.ts';
import type { Answer, InterveneEvent } from '../../engine/events.ts';
import type { Head } from '../../engine/head.ts';
import { hasPoints } from '../../engine/operators/intervention-point.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Graph } from '../../flow/graph/graph.ts';
import { checkJson } from '../../flow/json.ts';
import type { ExecutionOptions } from '../../flow/options/execution.ts';
import { checkSize } from '../app/checks/checks.ts';
import { interventionText } from '../app/intervention-view.ts';
import type { InterveneOptions, InterventionAnswer } from './types.ts';

type Mode = NonNullable<ExecutionOptions['interventionMode']> | null;

/** Resolves the intervention mode of an execution. @throws FlowError `invalid_request` */
export function modeOf(graph: Graph, requested: Mode | undefined): Mode {
  const points = hasPoints(graph);
  if (requested === undefined) return points ? 'planned' : null;
  if (requested !== 'auto' || !points) return requested;
  throw new FlowError(
    'invalid_request',
    `Flow "${graph.flow}" has intervention points, so interventionMode cannot be 'auto'. Leave it out, or remove the points.`,
  );
}

/** @throws FlowError `invalid_value` for the payload, `invalid_request` for the texts */
export function interveneEvent(id: string, payload: unknown, options: InterveneOptions): InterveneEvent {
  return {
    type: 'intervene',
    id,
    payload: checkSize(checkJson(payload, 'payload'), 'payload'),
    ...interventionText('target', options.target, 'invalid_request'),
    ...interventionText('author', options.author, 'invalid_request'),
    ...interventionText('note', options.note, 'invalid_request'),
    ...interventionText('claimed', options.claimed, 'invalid_request'),
    ...defined({ verified: options.verified }),
  };
}

/** @throws FlowError `interventions_off`, `interventions_closed`, `mismatch` */
export function toInterventionAnswer(head: Head, answer: Answer | undefined): InterventionAnswer {
  const entry = answer && 'entry' in answer && answer.entry.kind === 'intervention' ? answer.entry : undefined;
  if (!entry) {
    const isOff = head.options.interventionMode === undefined;
    throw isOff
      ? new FlowError(
          'interventions_off',
          `Execution ${head.id} takes no interventions. Add an intervention point, or start it with interventionMode 'auto'.`,
        )
      : new FlowError(
          'interventions_closed',
          `Execution ${head.id} is ${head.lifecycle} and takes no interventions. Add them while it is open.`,
        );
  }
  if (answer?.kind === 'mismatch') {
    throw new FlowError('mismatch', `Execution ${head.id}: this id was used for another intervention. Use a new id.`);
  }
  const row = head.interventions?.find(({ version }) => version === entry.version);
  return { kind: 'accepted', version: entry.version, status: row?.status ?? 'pending' };
}
