/**
 * All operators, by kind of node and kind of frame. A new operator needs a file and a row here and in `flow/operators`.
 */
import { batch } from './batch.ts';
import { branches } from './branches.ts';
import { chunk } from './chunk.ts';
import { forEach, item, list } from './for-each.ts';
import { interventionPoint } from './intervention-point.ts';
import { join } from './join.ts';
import { match } from './match.ts';
import type { FrameOperators, Operators } from './operator.ts';
import { child, subFlow } from './sub-flow.ts';
import { tap } from './tap.ts';

export const OPERATORS: Operators = { chunk, batch, match, join, forEach, tap, interventionPoint, subFlow };

export const FRAMES: FrameOperators = { branches, list, item, child };
