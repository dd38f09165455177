/** All commands, in the order of the help. */
import type { Row } from '../row.ts';
import { ACT } from './act.ts';
import { LOOK } from './look.ts';
import { PROJECT_ROWS } from './project.ts';
import { TOOLS } from './tools.ts';

export const TABLE: readonly Row[] = [...LOOK, ...ACT, ...PROJECT_ROWS, ...TOOLS];
