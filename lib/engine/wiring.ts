/** Binds the functions of `moves.ts`. */
import type { Moves } from './moves.ts';
import { completeChunk } from './operators/chunk.ts';
import { askAgain, endPages, takePage } from './operators/pages.ts';
import { FRAMES, OPERATORS } from './operators/table.ts';
import { advance } from './running/advance.ts';
import { dispatch } from './running/dispatch.ts';
import { settleQuestion } from './running/until.ts';
import { cancel } from './time/lifecycle.ts';
import { endCascadesOf } from './work/cascades.ts';
import { withdrawRest } from './work/drops.ts';
import { fail } from './work/failures.ts';
import { failIfMissed } from './work/places.ts';

export const MOVES: Moves = {
  dispatch,
  completeChunk,
  fail,
  withdrawRest,
  endCascadesOf,
  failIfMissed,
  takePage,
  endPages,
  askAgain,
  cancel,
  settleQuestion,
  advance,
  operators: OPERATORS,
  frames: FRAMES,
};
