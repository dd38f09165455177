/** Puts test files together that can share a process. Starting a process and its packages costs more than a typical test file. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT } from '../../infra/roots.ts';

export interface TestGroup {
  /** Of the built file. */
  readonly name: string;
  readonly files: readonly string[];
}

/** Files of one folder share processes, so that a group needs few packages. */
const GROUP_SIZE = 8;
/** The files of these rooms take so long that a group of them would run alone at the end. */
const LONG_ROOMS: readonly string[] = ['hazards', 'scenarios'];
const LONG_GROUP_SIZE = 2;

/** What another file in the same process would notice: hooks and waits outside of a suite, the process, the clock. */
const NEEDS_OWN_PROCESS =
  /^(?:before|after|beforeEach|afterEach|await)\b|\bprocess\.(?:env|exit|on|chdir)\b|\bmock\.timers\b/m;

export async function groupTests(files: readonly string[]): Promise<readonly TestGroup[]> {
  const alone: TestGroup[] = [];
  const rooms = new Map<string, string[]>();
  for (const file of files) {
    const source = await readFile(join(ROOT, file), 'utf8');
    const name = nameOf(file);
    if (NEEDS_OWN_PROCESS.test(source)) alone.push({ name, files: [file] });
    else rooms.set(roomOf(file), [...(rooms.get(roomOf(file)) ?? []), file]);
  }
  const shared = [...rooms].flatMap(([room, members]) => {
    const size = LONG_ROOMS.includes(room) ? LONG_GROUP_SIZE : GROUP_SIZE;
    const starts = Array.from({ length: Math.ceil(members.length / size) }, (_, i) => i * size);
    return starts.map((start) => ({ name: `${room}-${start}`, files: members.slice(start, start + size) }));
  });
  return [...alone, ...shared];
}

/** `test/engine/work/a.test.ts` belongs to the room `engine`. */
function roomOf(file: string): string {
  return dirname(file).split('/')[1] ?? 'top';
}

function nameOf(file: string): string {
  return file.replace(/\.test\.ts$/, '').replaceAll('/', '-');
}
