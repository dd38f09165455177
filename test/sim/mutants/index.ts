/** All mutants by name. A new one goes to the file of the part of the protocol that it breaks. */
import { chunks } from './chunks.ts';
import { claims } from './claims.ts';
import { failures } from './failures.ts';
import { lifecycle } from './lifecycle.ts';
import type { Mutants } from './mutant.ts';
import { operators } from './operators.ts';
import { questions } from './questions.ts';
import { signals } from './signals.ts';
import { snapshots } from './snapshots.ts';
import { stores } from './stores.ts';
import { waits } from './waits.ts';
import { workers } from './workers.ts';

export const MUTANTS: Mutants = {
  ...chunks,
  ...claims,
  ...failures,
  ...lifecycle,
  ...operators,
  ...questions,
  ...signals,
  ...snapshots,
  ...stores,
  ...waits,
  ...workers,
};
