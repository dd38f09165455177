import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const root = new URL('../../', import.meta.url).pathname;
const compiler = join(root, 'node_modules/typescript/bin/tsc');

/** A chain with all kinds of steps that cost per chunk: module-level and inline chunks, in equal parts. */
function chain(chunks: number): string {
  const lines = [
    "import { z } from 'zod';",
    "import { type ContextOf, defineFlow, resource } from '../../lib/index.ts';",
    "const flow = defineFlow({ name: 'chain', input: z.object({ n: z.number() }), state: { last: z.number() },",
    '  signals: { a: z.number(), b: z.string() }, resources: { mailer: resource<{ send(): Promise<void> }>() } });',
  ];
  const steps = ['flow'];
  for (let i = 0; i < chunks; i += 2) {
    lines.push(`const c${i} = flow.chunk('c${i}', async (ctx: ContextOf<typeof flow, { n: number }>) => {`);
    lines.push("  await ctx.state.set('last', ctx.input.n);");
    lines.push(`  return { n: ctx.input.n, at${i}: '${i}' };`, '});');
    steps.push(`.to(c${i})`, `.to('i${i}', ({ input }) => ({ n: input.n + input.at${i}.length }))`);
  }
  return [...lines, `${steps.join('\n  ')};`].join('\n');
}

async function instantiations(folder: string, chunks: number): Promise<number> {
  const file = `chain${chunks}.ts`;
  const config = join(folder, `tsconfig.${chunks}.json`);
  await writeFile(join(folder, file), chain(chunks));
  await writeFile(config, JSON.stringify({ extends: '../../tsconfig.json', include: [], files: [file] }));
  const run = promisify(execFile)(process.execPath, [compiler, '--noEmit', '--extendedDiagnostics', '-p', config]);
  const { stdout } = await run;
  const count = /Instantiations:\s+(\d+)/.exec(stdout)?.[1];
  assert.ok(count, stdout);
  return Number(count);
}

describe('type cost', () => {
  it('is constant per chunk, and small', async () => {
    // Inside the repository, so that imports resolve; ignored by git and biome, should an interrupted run leave it.
    await mkdir(join(root, '.local'), { recursive: true });
    const folder = await mkdtemp(join(root, '.local/types-'));
    try {
      const [at20, at110, at200] = await Promise.all([20, 110, 200].map((chunks) => instantiations(folder, chunks)));
      assert.ok(at20 && at110 && at200);
      const [first, second] = [(at110 - at20) / 90, (at200 - at110) / 90];
      assert.ok(second <= 150, `${second} instantiations per chunk`);
      assert.ok(Math.abs(second - first) <= 2, `${first}, then ${second} instantiations per chunk`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
