/**
 * `interventionPoint`: makes pending interventions with its target visible; without a target, those that have none. The value
 * passes through.
 */
import { z } from 'zod';
import { checkName, name } from '../checks/definition.ts';
import type { NodeOperator, StepOperator } from '../wiring/operator.ts';
import { shapeOfTargets } from '../wiring/targets.ts';

const shape = z
  .strictObject({
    kind: z.literal('interventionPoint'),
    name,
    target: name.exactOptional(),
    out: shapeOfTargets,
  })
  .readonly();

export type InterventionPointNode = z.infer<typeof shape>;
export type InterventionPointStep = Omit<InterventionPointNode, 'out'>;

export const interventionPoint: NodeOperator<InterventionPointNode> & StepOperator<InterventionPointStep> = {
  node: {
    shape,
    identity: (node, { sorted }) => ({ ...node, out: sorted(node.out) }),
    drawing: { box: 'gate', label: (node) => `intervention: ${node.name}` },
  },
  step: {
    compile: (step, { nodes, operator }) =>
      operator(step.kind, (id, out) => {
        nodes[id] = { ...step, out };
      }),
  },
};

/** @throws FlowError `definition_invalid` */
export function interventionPointStep(given: string, { target }: { readonly target?: string }): InterventionPointStep {
  checkName('intervention point', given);
  if (target !== undefined) checkName('target', target);
  return { kind: 'interventionPoint', name: given, ...(target !== undefined && { target }) };
}
