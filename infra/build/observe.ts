/** Puts traces and metrics into the bundles, where the settings ask for them. */
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { managerOf } from '../init/manager.ts';

export const TRACES = ['none', 'otel'] as const;
export const METRICS = ['none', 'emf', 'otel'] as const;

/** The settings `traces` and `metrics` of a stage. */
export interface Observed {
  readonly traces: (typeof TRACES)[number];
  readonly metrics: (typeof METRICS)[number];
}

export const UNOBSERVED: Observed = { traces: 'none', metrics: 'none' };

const API = '@opentelemetry/api';
const HERE = fileURLToPath(import.meta.url);
const LIB = join(dirname(HERE), '../../lib');
const REPLACED = join(dirname(HERE), `../handlers/telemetry${extname(HERE)}`);

/** The part of a setting: what it imports from `lib`, and how it is made. */
interface Part {
  readonly entry: 'otel' | 'telemetry';
  readonly name: string;
  readonly make: string;
}

const TRACERS: Readonly<Record<Observed['traces'], Part | undefined>> = {
  none: undefined,
  otel: { entry: 'otel', name: 'createOtelTracer', make: 'tracer: createOtelTracer(),' },
};
const METERS: Readonly<Record<Observed['metrics'], Part | undefined>> = {
  none: undefined,
  emf: {
    entry: 'telemetry',
    name: 'createEmfMeter',
    make: "meters: [createEmfMeter({ namespace: process.env.METRICS_NAMESPACE ?? 'durable-triggerflow' })],",
  },
  otel: { entry: 'otel', name: 'createOtelMeter', make: 'meters: [createOtelMeter()],' },
};

/** Why the bundles cannot have what the settings ask for; `undefined`: they can. */
export function observedProblem({ traces, metrics }: Observed): string | undefined {
  if (traces !== 'otel' && metrics !== 'otel') return undefined;
  try {
    createRequire(HERE).resolve(API);
    return undefined;
  } catch {
    const asking = traces === 'otel' ? 'traces' : 'metrics';
    const install = managerOf() === 'pnpm' ? 'pnpm add' : 'npm install';
    return `The setting ${asking} is otel: the package ${API} is not installed. Run: ${install} ${API}@1.9`;
  }
}

/** Replaces the module `telemetry` of the handlers. */
export function observe({ traces, metrics }: Observed): Plugin {
  const parts = [TRACERS[traces], METERS[metrics]].filter((part) => part !== undefined);
  return {
    name: 'observe',
    setup({ onLoad }) {
      if (parts.length === 0) return;
      onLoad({ filter: /telemetry\.[jt]s$/ }, ({ path }) =>
        path === REPLACED ? { contents: moduleOf(parts) } : undefined,
      );
    },
  };
}

function moduleOf(parts: readonly Part[]): string {
  const importOf = (entry: string, name: string) =>
    `import { ${name} } from ${JSON.stringify(join(LIB, `${entry}${extname(HERE)}`))};`;
  return [
    importOf('telemetry', 'createTelemetry'),
    ...parts.map(({ entry, name }) => importOf(entry, name)),
    `export const options = { telemetry: createTelemetry({ ${parts.map(({ make }) => make).join(' ')} }) };`,
  ].join('\n');
}
