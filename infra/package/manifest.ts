/** package.json of the published package, from the one of this repository. */
import { z } from 'zod';

const Versions = z.record(z.string(), z.string());

const Source = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
  engines: Versions,
  exports: z.record(z.string(), z.string()),
  dependencies: Versions,
  devDependencies: Versions,
  overrides: Versions,
  allowScripts: z.record(z.string(), z.boolean()),
});

/** Development dependencies of a project, from which the commands load them. */
const TOOLS = ['dynalite', 'esbuild', 'fauxqs', 'osls'];
/** Packages that the settings `valueBucket`, `traces` and `metrics`, and the command `mcp` need. */
const OPTIONAL = ['@aws-sdk/client-s3', '@modelcontextprotocol/server', '@opentelemetry/api'];
/** Development dependencies with which a project checks and tests its own code. */
const COMPILERS = ['@types/node', 'tsx', 'typescript'];

/** @param text of this repository's package.json @throws Error when a dependency that the package needs is missing there */
export function manifestOf(text: string): Readonly<Record<string, unknown>> {
  const source = Source.parse(JSON.parse(text));
  const { zod, ...dependencies } = source.dependencies;
  if (zod === undefined) throw new Error('package.json has no dependency zod.');
  const { name, version, description, license, engines, overrides, allowScripts } = source;
  return {
    ...{ name, version, description, license, engines },
    keywords: ['workflow', 'durable', 'aws', 'lambda', 'dynamodb', 'sqs', 'serverless', 'human-in-the-loop'],
    type: 'module',
    sideEffects: false,
    bin: { [name]: 'infra/cli.js' },
    exports: {
      ...Object.fromEntries(Object.entries(source.exports).map(([path, file]) => [path, compiled(file)])),
      './package.json': './package.json',
    },
    files: ['lib', 'infra', '!infra/**/*.d.ts', 'functions/README.md'],
    dependencies,
    peerDependencies: { zod, ...pick(source.devDependencies, [...TOOLS, ...OPTIONAL]) },
    peerDependenciesMeta: Object.fromEntries([...TOOLS, ...OPTIONAL].map((name) => [name, { optional: true }])),
    // `init` copies these into a new project.
    devDependencies: pick(source.devDependencies, [...TOOLS, ...COMPILERS]),
    ...{ overrides, allowScripts },
  };
}

function compiled(file: string): { readonly types: string; readonly default: string } {
  const base = file.replace(/\.ts$/, '');
  return { types: `${base}.d.ts`, default: `${base}.js` };
}

function pick(versions: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const version = versions[name];
      if (version === undefined) throw new Error(`package.json has no development dependency ${name}.`);
      return [name, version];
    }),
  );
}
