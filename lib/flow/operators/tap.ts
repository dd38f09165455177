/** `tap`: calls user code with the passing value, which stays unchanged. */
import { z } from 'zod';
import type { Tap } from '../authoring/flow.ts';
import { checkName, invalid } from '../checks/definition.ts';
import type { NodeOperator, Site, StepOperator } from '../wiring/operator.ts';
import { shapeOfTargets } from '../wiring/targets.ts';

const shape = z
  .strictObject({
    kind: z.literal('tap'),
    /** Key of the function in `AnyFlow.taps`: the node id. */
    tap: z.string(),
    out: shapeOfTargets,
  })
  .readonly();

export type TapNode = z.infer<typeof shape>;

export interface TapStep {
  readonly kind: 'tap';
  readonly tap: Tap;
  readonly name?: string;
}

export const tap: NodeOperator<TapNode> & StepOperator<TapStep> = {
  node: {
    shape,
    code: (node) => [{ what: 'tap', at: node.tap }],
    identity: (node, { sorted }) => ({ ...node, out: sorted(node.out) }),
    drawing: { box: 'chunk', label: () => 'tap' },
  },
  step: {
    key: (step) => `tap ${step.name ?? ''} ${String(step.tap)}`,
    codes: (step) => [step.tap],
    compile: ({ kind, tap: code, name }, { nodes, taps, renamed, operator }) =>
      operator(kind, (id, out) => {
        nodes[id] = { kind, tap: id, out };
        taps.set(id, name === undefined ? code : rename(renamed, code, name));
      }),
  },
};

/** Binds a tap under its given name, because `exportFlow` identifies code by the function's name. */
function rename(renamed: Site['renamed'], code: Tap, name: string): Tap {
  const known = renamed.get(name);
  if (known?.tap === code) return known.as;
  const as = Object.defineProperty(code.bind(undefined), 'name', { value: name });
  renamed.set(name, { tap: code, as });
  return as;
}

/** @throws FlowError `definition_invalid` */
export function tapStep(named: string | Tap, code?: Tap): TapStep {
  const given = typeof named === 'string' ? code : named;
  if (typeof given !== 'function') throw invalid('tap() got no function. Pass a function, or a name and a function.');
  if (typeof named === 'string') checkName('tap', named);
  return { kind: 'tap', tap: given, ...(typeof named === 'string' && { name: named }) };
}
