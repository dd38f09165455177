import type { Options } from './options.ts';
export async function listPatches(_o: string | undefined): Promise<string[]> {
  return [];
}
export async function printMutants(_p: readonly string[], _o: Options): Promise<number> {
  return 0;
}
