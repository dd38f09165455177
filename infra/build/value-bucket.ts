/** Puts the bucket of large values into the bundles, where the setting `valueBucket` names one. */
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { managerOf } from '../init/manager.ts';

const SDK = '@aws-sdk/client-s3';
const HERE = fileURLToPath(import.meta.url);
const HANDLERS = join(dirname(HERE), '../handlers');
const REPLACED = join(HANDLERS, `values${extname(HERE)}`);
const REPLACEMENT = join(HANDLERS, `value-bucket${extname(HERE)}`);

/** Why the bundles cannot have the bucket; `undefined`: they can. */
export function valueBucketProblem(): string | undefined {
  try {
    createRequire(HERE).resolve(SDK);
    return undefined;
  } catch {
    const install = managerOf() === 'pnpm' ? 'pnpm add' : 'npm install';
    return `The setting valueBucket is not empty: the package ${SDK} is not installed. Run: ${install} ${SDK}@3`;
  }
}

/** Replaces the module `values` of the handlers. */
export function valueBucket(): Plugin {
  return {
    name: 'value-bucket',
    setup({ onLoad }) {
      onLoad({ filter: /values\.[jt]s$/ }, ({ path }) =>
        path === REPLACED
          ? { contents: `export { values } from ${JSON.stringify(REPLACEMENT)};`, resolveDir: HANDLERS }
          : undefined,
      );
    },
  };
}
