/** Traces and metrics are in the bundles only where the settings ask for them. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { build } from '../../infra/build/build.ts';
import type { Observed } from '../../infra/build/observe.ts';
import { observedBy, SETTINGS, settingsIn } from '../../infra/deploy/settings.ts';

const OURS = /^lib\/adapters\/telemetry\//;
const THEIRS = /@opentelemetry\//;

/** How many of the five bundles hold a file that matches. */
async function bundlesWith(pattern: RegExp, observed?: Observed): Promise<number> {
  const outDir = await mkdtemp(join(tmpdir(), 'flow-observed-'));
  try {
    const { metafile } = await build({ outDir, ...(observed ? { observed } : {}) });
    const held = Object.values(metafile.outputs).filter(({ inputs }) =>
      Object.entries(inputs).some(([file, { bytesInOutput }]) => pattern.test(file) && bytesInOutput > 0),
    );
    return held.length;
  } finally {
    await rm(outDir, { recursive: true });
  }
}

describe('the bundles', () => {
  it('hold nothing of traces and metrics by default', async () => {
    assert.equal(await bundlesWith(new RegExp(`${OURS.source}|${THEIRS.source}`)), 0);
  });

  it('hold the metrics, and not OpenTelemetry, with metrics: emf', async () => {
    const observed = { traces: 'none', metrics: 'emf' } as const;
    assert.equal(await bundlesWith(/emf\.ts$/, observed), 5);
    assert.equal(await bundlesWith(THEIRS, observed), 0);
  });

  it('hold OpenTelemetry with traces: otel', async () => {
    const observed = { traces: 'otel', metrics: 'none' } as const;
    assert.equal(await bundlesWith(THEIRS, observed), 5);
    assert.equal(await bundlesWith(/(emf|otel-meter)\.ts$/, observed), 0);
  });
});

describe('the settings', () => {
  it('are none by default, and --param wins', async () => {
    assert.deepEqual(await observedBy('dev'), { traces: 'none', metrics: 'none' });
    const args = [
      '--stage',
      'prod',
      '--region',
      'eu-west-1',
      '--param',
      'traces=otel',
      '--verbose',
      '--param',
      'a=b=c',
    ];
    const { stage, params } = settingsIn(args);
    assert.deepEqual([stage, params], ['prod', { traces: 'otel', a: 'b=c' }]);
    assert.deepEqual(await observedBy(stage, params), { traces: 'otel', metrics: 'none' });
    assert.deepEqual(settingsIn([]), { stage: 'dev', params: {} });
  });

  it('are refused with another value', () => {
    for (const [name, good] of [
      ['traces', 'otel'],
      ['metrics', 'emf'],
    ] as const) {
      assert.equal(SETTINGS[name]?.accepts(good), true);
      for (const bad of ['', 'yes', 'OTEL']) assert.equal(SETTINGS[name]?.accepts(bad), false);
    }
  });
});
