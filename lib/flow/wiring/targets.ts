/** Targets: where the value of a node goes next. */
import { z } from 'zod';

/** Position of a node. A chunk at the top level has its name as id; inside an operator's body the body's id is the prefix. */
export type NodeId = string;

/**
 * One destination of a value.
 * - `node`: a node. `side` marks the start of a side branch, whose failure never cancels the main path.
 * - `exit`: the end of an operator's body; `branch` names the body.
 * - `join`: a slot of a join.
 * - `collect`: a branch of a named collection.
 * - `end` (deprecated): `$final_result`, unless something else has written it.
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
  'is not a target: use { node }, { exit, branch }, { join, slot }, { collect, branch } or { end }',
);

export const shapeOfTarget = target;
export const shapeOfTargets = z.array(target).readonly();
