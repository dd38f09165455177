/** The chunk as an operator: a node that runs a handler. */
import { z } from 'zod';
import type { Handler } from '../authoring/flow.ts';
import { invalid, name } from '../checks/definition.ts';
import { canonical } from '../json.ts';
import type { AnyChunk } from '../pipe/chunk-types.ts';
import type { NodeOperator, StepOperator } from '../wiring/operator.ts';
import { sharedPoint } from '../wiring/points.ts';
import type { Workshop } from '../wiring/position.ts';
import { type Side, type SideOption, sideOf } from '../wiring/step-options.ts';
import { shapeOfTargets } from '../wiring/targets.ts';

const shape = z.strictObject({ kind: z.literal('chunk'), chunk: name, out: shapeOfTargets }).readonly();

export type ChunkNode = z.infer<typeof shape>;

export interface ChunkStep extends Side {
  readonly kind: 'chunk';
  readonly chunk: string;
}

export const chunk: NodeOperator<ChunkNode> & StepOperator<ChunkStep> = {
  node: {
    shape,
    identity: (node, { sorted }) => ({ ...node, out: sorted(node.out) }),
    drawing: { box: 'chunk', label: (node) => node.chunk },
  },
  step: {
    describe: (step) => `Chunk "${step.chunk}"`,
    next: (step, level) => sharedPoint(level.chunks, step.chunk, level),
    key: keyOf,
    check({ side, ...step }, point) {
      if (point.steps.has(keyOf({ ...step, ...(!side && { side: true }) })))
        throw invalid(
          `Chunk "${step.chunk}" follows this point on the main path and as a side branch. Use one of them.`,
        );
    },
    compile: (step, site) => site.chunk(step.chunk),
  },
};

function keyOf({ kind, chunk: named, side }: ChunkStep): string {
  return canonical({ kind, chunk: named, ...(side && { side }) });
}

/** @throws FlowError `definition_invalid` */
export function chunkStep(
  { register }: Workshop,
  given: AnyChunk | string,
  handler?: Handler | SideOption,
  options?: SideOption,
): ChunkStep {
  if (typeof handler === 'function') {
    if (typeof given !== 'string')
      throw invalid(`Chunk "${given?.name}" already has a handler. Pass the chunk without a handler.`);
    register.define(given, {}, handler);
  }
  const side = sideOf(typeof handler === 'function' ? options : handler);
  return { kind: 'chunk', chunk: register.nameOf(given), ...side };
}
