/** Makes the package.json of a new project. */
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Manager } from './manager.ts';

const Versions = z.record(z.string(), z.string());

const Package = z.object({
  name: z.string(),
  engines: Versions,
  peerDependencies: z.object({ zod: z.string() }),
  devDependencies: Versions,
  overrides: Versions,
  allowScripts: z.record(z.string(), z.boolean()),
});

/**
 * @param source version or location of the package, for the dependencies of the project
 * @param text package.json of the package
 */
export function projectManifest(
  name: string,
  source: string,
  text: string,
  manager: Manager,
): Readonly<Record<string, unknown>> {
  const own = Package.parse(JSON.parse(text));
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: own.engines,
    imports: { '#app': './app.ts' },
    scripts: {
      start: `exec ${own.name} dev`,
      dev: `exec ${own.name} dev`,
      types: 'tsc',
      test: 'tsc && node --import tsx --test test/*.test.ts',
      package: `${own.name} package`,
      deploy: `${own.name} deploy`,
      remove: `${own.name} remove`,
      'dead-letters': `${own.name} dead-letters`,
      console: `${own.name} console`,
    },
    dependencies: { [own.name]: source, zod: own.peerDependencies.zod },
    devDependencies: own.devDependencies,
    ...(manager === 'npm' ? { overrides: own.overrides, allowScripts: own.allowScripts } : {}),
  };
}

/** Names of the packages that every project depends on. @param text package.json of the package */
export function packagesOf(text: string): readonly string[] {
  const { name, peerDependencies, devDependencies } = Package.parse(JSON.parse(text));
  return [name, ...Object.keys(peerDependencies), ...Object.keys(devDependencies)];
}

/** Makes pnpm-workspace.yaml, which holds the settings that npm reads from package.json. */
export function pnpmSettings(text: string): string {
  const { overrides, allowScripts } = Package.parse(JSON.parse(text));
  return stringify({ allowBuilds: allowScripts, overrides });
}
