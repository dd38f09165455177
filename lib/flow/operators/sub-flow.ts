/** `subFlow`: runs a child flow inside the same execution, in its own frame. */
import { z } from 'zod';
import type { AnyFlow } from '../authoring/flow.ts';
import { invalid } from '../checks/definition.ts';
import type { Graph } from '../graph/graph.ts';
import { canonical, checkJson } from '../json.ts';
import { atLeastOne } from '../options/policies.ts';
import { type Capture, checkBindings, shapeOfCapture, shapeOfWriteBack, type WriteBack } from '../wiring/bindings.ts';
import type { NodeOperator, StepOperator } from '../wiring/operator.ts';
import { Position } from '../wiring/position.ts';
import { type Limit, type LimitOption, limitOf, type Side, type SideOption, sideOf } from '../wiring/step-options.ts';
import { shapeOfTargets } from '../wiring/targets.ts';

const shape = z
  .strictObject({
    kind: z.literal('subFlow'),
    capture: shapeOfCapture.exactOptional(),
    writeBack: shapeOfWriteBack.exactOptional(),
    /** Maximum number of the child's chunks that run at once; the child's own limit applies too. */
    concurrency: atLeastOne.exactOptional(),
    out: shapeOfTargets,
  })
  .readonly();

export type SavedSubFlow = z.infer<typeof shape>;

export interface SubFlowNode extends SavedSubFlow {
  readonly graph: Graph;
}

export interface SubFlowStep extends Side, Limit {
  readonly kind: 'subFlow';
  readonly child: AnyFlow;
  readonly capture?: Capture;
  readonly writeBack?: WriteBack;
}

export const subFlow: NodeOperator<SubFlowNode, SavedSubFlow> & StepOperator<SubFlowStep> = {
  node: {
    shape,
    child: {
      graphOf: ({ graph }) => graph,
      save: ({ graph: _, ...node }) => node,
      load: (node, graph) => ({ ...node, graph }),
    },
    identity: (node, { sorted, child }) => checkJson({ ...node, graph: child, out: sorted(node.out) }, 'subFlow'),
    drawing: { box: 'subFlow', label: ({ graph }) => graph.flow },
  },
  step: {
    key: (step) => canonical(checkJson({ ...step, child: step.child.name }, 'subFlow')),
    codes: ({ child }) => [child],
    compile: ({ kind, child, capture, writeBack, concurrency }, { nodes, children, operator }) =>
      operator(kind, (id, out) => {
        const bindings = { ...(capture && { capture }), ...(writeBack && { writeBack }) };
        const limited = concurrency !== undefined && { concurrency };
        nodes[id] = { kind, graph: child.graph, ...bindings, ...limited, out };
        children.set(id, child);
      }),
  },
};

export interface SubFlowStepOptions extends LimitOption, SideOption {
  readonly capture?: Capture;
  readonly writeBack?: WriteBack;
}

/** @throws FlowError `definition_invalid` */
export function subFlowStep({ workshop }: Position, child: AnyFlow, options: SubFlowStepOptions): SubFlowStep {
  const { contract, flow } = workshop;
  if (!child?.contract) throw invalid(`subFlow() in flow "${flow}" got no flow. Pass the result of defineFlow.`);
  if (child instanceof Position && child.workshop === workshop)
    throw invalid(`Flow "${flow}" contains itself as a sub-flow. Loop through a signal: emitNowait and when.`);
  const bindings = checkBindings({ flow, contract, child }, options);
  return { kind: 'subFlow', child, ...bindings, ...limitOf(options, `sub-flow "${child.name}"`), ...sideOf(options) };
}
