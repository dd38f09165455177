/** The simulator as one bundle: it starts and runs faster than its sources. */
import { join } from 'node:path';
import { build } from 'esbuild';

/** Builds the simulator of the checkout in `root` into `folder`. Returns the file to run. */
export async function bundleSimulator(root: string, folder: string): Promise<string> {
  const outfile = join(folder, 'sim.mjs');
  const entryPoints = [join(root, 'test/sim/run/child.ts')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' });
  return outfile;
}
