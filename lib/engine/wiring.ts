/** Which functions make the moves of `moves.ts`. */
import type { Moves } from './moves.ts';
import { dispatch, goOn } from './operators/dispatch.ts';
import { openChild } from './operators/sub-flows.ts';
import { endCascadesOf } from './work/cascades.ts';
import { fail } from './work/failures.ts';
import { completeChunk } from './work/settle.ts';

export const MOVES: Moves = { dispatch, goOn, openChild, completeChunk, fail, endCascadesOf };
