/** The CloudFormation template of a packaging run in a folder of its own. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { packageService } from '../../infra/deploy/package.ts';
import { ROOT } from '../../infra/roots.ts';

const Template = z.object({
  Parameters: z.record(z.string(), z.object({ Default: z.unknown() })).default({}),
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Condition: z.string().optional(),
      Properties: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
});

export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly condition: string | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Packaged {
  /** Zip files by name. */
  readonly zips: ReadonlyMap<string, Buffer>;
  /** Defaults of the stack's parameters. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly all: readonly Resource[];
  ofType(type: string): Resource[];
  named(id: string): Resource;
}

/**
 * @param args of osls, such as the stage
 * @param files of the project beside serverless.yml, by name
 */
export async function packageAside(
  args: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Promise<Packaged> {
  const folder = await mkdtemp(join(tmpdir(), 'flow-package-'));
  try {
    await cp(join(ROOT, 'serverless.yml'), join(folder, 'serverless.yml'));
    await cp(join(ROOT, 'infra'), join(folder, 'infra'), { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
    const { Resources, Parameters } = Template.parse(
      JSON.parse(await readFile(await packageService(folder, args), 'utf8')),
    );
    const all = Object.entries(Resources).map(([id, { Type, Condition, Properties }]) => ({
      id,
      type: Type,
      condition: Condition,
      properties: Properties,
    }));
    const zips = ['api', 'callback', 'step', 'announce', 'schedule'].map(
      async (name) => [name, await readFile(join(folder, '.serverless', `${name}.zip`))] as const,
    );
    return {
      zips: new Map(await Promise.all(zips)),
      parameters: Object.fromEntries(Object.entries(Parameters).map(([id, { Default }]) => [id, Default])),
      all,
      ofType: (type) => all.filter((resource) => resource.type === type),
      named(id) {
        const resource = all.find((candidate) => candidate.id === id);
        if (!resource) throw new Error(`The template has no ${id}.`);
        return resource;
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** File names of a zip, from its central directory. */
export function namesIn(zip: Buffer): string[] {
  const names: string[] = [];
  // Compressed data may contain signatures: the end-of-archive record locates the directory.
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const length = zip.readUInt16LE(at + 28);
    names.push(zip.toString('utf8', at + 46, at + 46 + length));
    at += 46 + length + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return names;
}
