/** How this program is called, for help and printed commands. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { managerOf } from '../init/manager.ts';

export const PROGRAM = 'durable-triggerflow';

/** In this repository a script of npm, else the bin of the package. */
export function programName(): string {
  if (extname(fileURLToPath(import.meta.url)) === '.ts') return 'npm run -s cli --';
  return managerOf() === 'pnpm' ? `pnpm ${PROGRAM}` : `npx ${PROGRAM}`;
}
