/** Signing keys in a file on disk, for running without AWS. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { KeyRing } from '../ports/system.ts';
import { type Keys, readKeys } from './ssm/key-document.ts';

/**
 * Creates a key ring over a file, read once. The first use generates a missing file, readable by its owner only;
 * concurrent processes agree on one key.
 * @throws FlowError `missing_setting` from `current` and `find` when the file holds no key ring
 */
export function createFileKeyRing(path: string): KeyRing {
  let keys: Keys | undefined;
  const load = async (): Promise<Keys> => {
    keys ??= readKeys((await readText(path)) ?? (await generate(path)), `The file ${path}`);
    return keys;
  };
  return {
    current: async () => (await load()).current,
    find: async (kid) => (await load()).all.get(kid),
  };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Links a complete file into place. A link never overwrites, so the first process wins and all read its key. */
async function generate(path: string): Promise<string> {
  const kid = randomBytes(6).toString('base64url');
  const text = JSON.stringify({ current: kid, keys: { [kid]: randomBytes(32).toString('base64url') } });
  const draft = `${path}.${kid}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
