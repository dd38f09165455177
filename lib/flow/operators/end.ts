/** `end`, deprecated: writes `$final_result` when nothing else did. */
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
    throw invalid(
      `end() stands in a body of ${of}, where several values would be the result. Put it behind the ${of}.`,
    );
  return { kind: 'end' };
}
