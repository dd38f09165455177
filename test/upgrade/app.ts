/** The app of the upgrade: the old and the present version run it from the same source. */
import { defineApp } from '../../lib/index.ts';
import { FLOWS as FANS } from './flows/fans.ts';
import { createJournal } from './flows/journal.ts';
import { FLOWS as WAITS } from './flows/waits.ts';
import { tasks, FLOWS as WORK } from './flows/work.ts';

export default defineApp({
  flows: [...WAITS, ...FANS, ...WORK],
  taskFlows: [tasks],
  resources: { journal: createJournal },
});
