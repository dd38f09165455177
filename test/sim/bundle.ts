/** The simulator as one file: it starts faster than its sources, and runs faster for lack of what their loader adds. */
import { join } from 'node:path';
import { build } from 'esbuild';

/** Builds the simulator of the checkout in `root` into `folder`. Gives the file to run. */
export async function bundleSimulator(root: string, folder: string): Promise<string> {
  const outfile = join(folder, 'sim.mjs');
  const entryPoints = [join(root, 'test/sim/child.ts')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' });
  return outfile;
}
