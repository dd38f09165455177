/** All mutants by name. A new one goes to the file of the part of the protocol that it breaks. */

import type { Mutants } from './mutant.ts';
import { chunks } from './rules/chunks.ts';
import { claims } from './rules/claims.ts';
import { completions } from './rules/completions.ts';
import { failures } from './rules/failures.ts';
import { history } from './rules/history.ts';
import { lifecycle } from './rules/lifecycle.ts';
import { lists } from './rules/lists.ts';
import { operators } from './rules/operators.ts';
import { questions } from './rules/questions.ts';
import { signals } from './rules/signals.ts';
import { snapshots } from './rules/snapshots.ts';
import { stores } from './rules/stores.ts';
import { waitPages } from './rules/wait-pages.ts';
import { waits } from './rules/waits.ts';
import { workers } from './rules/workers.ts';

export const MUTANTS: Mutants = {
  ...chunks,
  ...claims,
  ...completions,
  ...failures,
  ...history,
  ...lifecycle,
  ...lists,
  ...operators,
  ...questions,
  ...signals,
  ...snapshots,
  ...stores,
  ...waitPages,
  ...waits,
  ...workers,
};
