/** `collect`: sets a branch of a named collection. It makes no node, because all branches share the steps that follow. */
import { z } from 'zod';
import { checkName, invalid, oneOf, name as shapeOfName } from '../checks/definition.ts';
import type { StepOperator } from '../wiring/operator.ts';
import { sharedPoint } from '../wiring/points.ts';
import type { Workshop } from '../wiring/position.ts';
import { shapeOfTargets } from '../wiring/targets.ts';

/** A named collection: fires `{ [branch]: value }` once every branch has a value in the same scope. */
export type Collection = z.infer<typeof shapeOfCollection>;

export const shapeOfCollection = z
  .strictObject({
    branches: z.array(shapeOfName).min(1).readonly(),
    /** Absent (mode `update`): fires again at every later value. `reset`: clears its values at each firing. */
    mode: z.literal('reset').exactOptional(),
    out: shapeOfTargets,
  })
  .readonly();

export interface CollectStep {
  readonly kind: 'collect';
  readonly name: string;
  readonly branch: string;
  readonly mode?: 'reset';
}

export const collect: StepOperator<CollectStep> = {
  step: {
    describe: ({ name }) => `Collection "${name}"`,
    next: ({ name }, level) => sharedPoint(level.collections, name, level),
    compile: ({ name, branch, mode }, site) => site.collect(name, branch, mode),
  },
};

/** @throws FlowError `definition_invalid` */
export function collectStep(
  { modes }: Workshop,
  name: string,
  options: { readonly branch: string; readonly mode?: string },
): CollectStep {
  checkName('collection', name);
  checkName('branch', options?.branch);
  const mode = oneOf(`mode of collection "${name}"`, options.mode ?? 'update', ['update', 'reset']);
  const known = modes.get(name) ?? mode;
  if (known !== mode)
    throw invalid(`Collection "${name}" has mode "${known}" in another place. Use the same mode, or another name.`);
  modes.set(name, mode);
  return { kind: 'collect', name, branch: options.branch, ...(mode === 'reset' && { mode }) };
}
