/** Reads `serverless.yml` of the project, with the parts that it includes from files of the package. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PROJECT } from '../../roots.ts';
import { at, parseCloudFormation } from './intrinsics.ts';

const INCLUDE = /^\$\{file\(([^()]+)\)(?::([\w.]+))?\}$/;

/** Leaves out `resources`, which only CloudFormation reads: one of its files exists only after a build. */
export async function readService(folder = PROJECT): Promise<unknown> {
  const document = await readYaml(folder, 'serverless.yml');
  if (typeof document !== 'object' || document === null) throw new Error('serverless.yml has no keys.');
  const { resources: _, ...service } = document as Record<string, unknown>;
  return include(service, folder);
}

/** @throws Error that lists the deviations from the shape */
export function readAs<T>(shape: z.ZodType<T>, service: unknown): T {
  const { data, error } = shape.safeParse(service);
  if (error) throw new Error(`serverless.yml cannot be read:\n${z.prettifyError(error)}`);
  return data;
}

/** Replaces each text `${file(path):key}` by the value of that file. */
async function include(value: unknown, folder: string): Promise<unknown> {
  if (typeof value === 'string') {
    const [, file, path] = INCLUDE.exec(value) ?? [];
    if (file === undefined) return value;
    const document = await readYaml(folder, file);
    return include(path === undefined ? document : at(document, path), folder);
  }
  if (Array.isArray(value)) return Promise.all(value.map((item) => include(item, folder)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await include(item, folder)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** @throws Error that names the file */
async function readYaml(folder: string, file: string): Promise<unknown> {
  const text = await readFile(join(folder, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    const what =
      file === 'serverless.yml'
        ? 'Run the command in the folder of a project'
        : 'serverless.yml includes it; install the packages';
    throw new Error(`There is no ${join(folder, file)}. ${what}.`);
  });
  try {
    return parseCloudFormation(text);
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
