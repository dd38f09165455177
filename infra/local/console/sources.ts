/** Finds the source line of a chunk's error. The bundles of the local host have source maps for it. */
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROJECT, ROOT } from '../../roots.ts';

/** Matches a stack frame: file, line and column. */
const FRAME = /^\s+at (?:.*\()?((?:file:\/\/)?\/[^()]+):(\d+:\d+)\)?$/;

const LIB = join(ROOT, 'lib', sep);

/**
 * File, line and column of the first frame outside packages, this package included, and Node. Paths in the project are relative
 * to its folder.
 */
export function sourceOf(error: unknown): string | undefined {
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  for (const line of stack.split('\n')) {
    const [, file, place] = FRAME.exec(line) ?? [];
    if (file === undefined || /\bnode_modules\b/.test(file)) continue;
    const path = file.startsWith('file:') ? fileURLToPath(file) : file;
    if (path.startsWith(LIB)) continue;
    const below = relative(PROJECT, path);
    return `${below.startsWith('..') ? path : below}:${place}`;
  }
  return undefined;
}
