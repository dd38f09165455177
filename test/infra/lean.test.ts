/** What is left out of the bundles changes no answer. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { partition } from '@aws-sdk/core/client';
import * as serde from '@smithy/core/serde';
import { build } from 'esbuild';
import { lean } from '../../infra/build/lean.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The exports of a module as they are in the bundles. */
async function bundled<Module>(contents: string): Promise<Module> {
  const folder = await mkdtemp(join(tmpdir(), 'lean-'));
  try {
    const outfile = join(folder, 'out.mjs');
    const stdin = { contents, resolveDir: ROOT };
    const plugins = [lean({ hasOwnPackages: false, readsJsonSchemas: false })];
    const banner = {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    };
    await build({
      stdin,
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      mainFields: ['module', 'main'],
      plugins,
      banner,
    });
    return (await import(pathToFileURL(outfile).href)) as Module;
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('lean bundles', () => {
  it('find the endpoints of all regions', async () => {
    const short = await bundled<{ partition: typeof partition }>("export { partition } from '@aws-sdk/core/client';");
    const regions = ['us-east-1', 'eu-west-1', 'eu-central-2', 'mx-central-1', 'cn-north-1', 'us-gov-west-1'];
    const others = ['us-iso-east-1', 'us-isob-east-1', 'eu-isoe-west-1', 'us-isof-south-1', 'eusc-de-east-1'];
    for (const region of [...regions, ...others, 'aws-global', 'aws-us-gov-global', 'xx-new-1']) {
      const { description: _, ...rest } = partition(region) as { description?: string };
      assert.deepEqual(short.partition(region), rest, region);
    }
  });

  it('read and write dates', async () => {
    const names =
      'parseRfc3339DateTime, parseRfc3339DateTimeWithOffset, parseRfc7231DateTime, parseEpochTimestamp, dateToUtcString';
    const short = await bundled<typeof serde>(`export { ${names} } from '@smithy/core/serde';`);
    const at = new Date('2026-11-29T08:05:09.000Z');
    for (const text of ['2026-11-29T08:05:09Z', '2026-11-29T08:05:09.120Z'])
      assert.deepEqual(short.parseRfc3339DateTime(text), serde.parseRfc3339DateTime(text));
    const offset = '2026-11-29T08:05:09+02:30';
    assert.deepEqual(short.parseRfc3339DateTimeWithOffset(offset), serde.parseRfc3339DateTimeWithOffset(offset));
    for (const text of ['Sun, 29 Nov 2026 08:05:09 GMT', 'Sunday, 29-Nov-26 08:05:09 GMT'])
      assert.deepEqual(short.parseRfc7231DateTime(text), at);
    for (const seconds of [1_796_000_000, 1_796_000_000.5, '1796000000']) {
      assert.deepEqual(short.parseEpochTimestamp(seconds), serde.parseEpochTimestamp(seconds));
    }
    assert.equal(short.parseEpochTimestamp(null), undefined);
    assert.equal(short.dateToUtcString(at), serde.dateToUtcString(at));
  });
});
