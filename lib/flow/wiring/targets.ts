/** Where values go in a graph. */
import { z } from 'zod';

/** Position of a node: the chunk's name at the top level, prefixed by the operator body it stands in. */
export type NodeId = string;

/**
 * Into a node, out of an operator's body (`branch` says which), into the slot of a join, into a branch of a named collection, or
 * (`end`, deprecated) into `$final_result` when nothing has written it. `side` marks the beginning of a side branch: its failure
 * never cancels the main path.
 */
export type Target = z.infer<typeof target>;

const target = z.union(
  [
    z.strictObject({ node: z.string(), side: z.literal(true).exactOptional() }).readonly(),
    z.strictObject({ exit: z.string(), branch: z.string() }).readonly(),
    z.strictObject({ join: z.string(), slot: z.string() }).readonly(),
    z.strictObject({ collect: z.string(), branch: z.string() }).readonly(),
    z.strictObject({ end: z.literal(true) }).readonly(),
  ],
  'is no target: use { node }, { exit, branch }, { join, slot }, { collect, branch } or { end }',
);

export const shapeOfTarget = target;
export const shapeOfTargets = z.array(target).readonly();
