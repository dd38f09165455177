/** Finds the files that have changed since the last check. */
import { stat } from 'node:fs/promises';

export interface Changes {
  /** Replaces the watched files. */
  watch(files: readonly string[]): Promise<void>;
  /** Files that were written or deleted since the last check. */
  look(): Promise<readonly string[]>;
}

export function createChanges(): Changes {
  let known = new Map<string, string>();
  return {
    async watch(files) {
      const stamped = files.map(async (file) => [file, known.get(file) ?? (await stampOf(file))] as const);
      known = new Map(await Promise.all(stamped));
    },
    async look() {
      const before = known;
      const stamped = Array.from(known.keys(), async (file) => [file, await stampOf(file)] as const);
      known = new Map(await Promise.all(stamped));
      return [...known.keys()].filter((file) => known.get(file) !== before.get(file));
    },
  };
}

async function stampOf(file: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(file).catch(() => ({ mtimeMs: 0, size: 0, ino: 0 }));
  return `${mtimeMs} ${size} ${ino}`;
}
