/** `serverless.yml` of the project, with the parts that it takes from files of the package. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '../roots.ts';
import { at, parseCloudFormation } from './intrinsics.ts';

const INCLUDE = /^\$\{file\(([^()]+)\)(?::([\w.]+))?\}$/;

/** Without `resources`, which only CloudFormation reads: one of its files exists only after a build. */
export async function readService(folder = PROJECT): Promise<unknown> {
  const { resources: _, ...service } = (await readYaml(folder, 'serverless.yml')) as Record<string, unknown>;
  return include(service, folder);
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

async function readYaml(folder: string, file: string): Promise<unknown> {
  return parseCloudFormation(await readFile(join(folder, file), 'utf8'));
}
