/** `end` (deprecated): writes the value to `$final_result` unless something else has. */
import { invalid } from '../checks/definition.ts';
import type { StepOperator } from '../wiring/operator.ts';
import type { Position } from '../wiring/position.ts';

export interface EndStep {
  readonly kind: 'end';
}

export const end: StepOperator<EndStep> = { step: { compile: () => ({ end: true }) } };

/** @throws FlowError `definition_invalid` */
export function endStep({ point }: Position): EndStep {
  const { of } = point.level.scope;
  if (of !== 'flow')
    throw invalid(`end() is in a body of ${of}, where several values would become the result. Put it after the ${of}.`);
  return { kind: 'end' };
}
