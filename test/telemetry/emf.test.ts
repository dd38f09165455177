/** Metrics as lines in the embedded metric format. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp } from '../../lib/index.ts';
import { createEmfMeter, createTelemetry } from '../../lib/telemetry.ts';
import { createTestkit } from '../../lib/testing.ts';
import { type EmfLine, emfLine } from './emf-schema.ts';
import { MINUTE, storyFlow } from './support.ts';

function meterOf() {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const meter = createEmfMeter({ namespace: 'shop/dev', write, now: () => 1_700_000_000_000 });
  const read = (): EmfLine[] =>
    lines.map((line) => {
      assert.match(line, /^[^\n]+\n$/);
      return emfLine.parse(JSON.parse(line));
    });
  return { meter, read };
}

/** Values by metric and dimensions. */
function valuesIn(lines: readonly EmfLine[]): ReadonlyMap<string, number[]> {
  const found = new Map<string, number[]>();
  for (const line of lines)
    for (const {
      Dimensions: [names = []],
      Metrics: metrics,
    } of line._aws.CloudWatchMetrics)
      for (const { Name: metric } of metrics) {
        const key = [metric, ...names.map((each) => line[each])].join(' ');
        found.set(key, [...(found.get(key) ?? []), ...[line[metric]].flat().map(Number)]);
      }
  return found;
}

describe('the embedded metric format', () => {
  it('has one line for each set of dimensions, with sums and lists', async () => {
    const { meter, read } = meterOf();
    meter.record('executionsStarted', 1, { flow: 'a' });
    meter.record('executionsStarted', 1, { flow: 'a' });
    meter.record('commitConflicts', 3, { flow: 'a' });
    meter.record('attemptDuration', 12, { flow: 'a', chunk: 'c', outcome: 'failed' });
    meter.record('attemptDuration', 30, { flow: 'a', chunk: 'c', outcome: 'failed' });
    assert.deepEqual(read(), [], 'nothing is written before the flush');
    await meter.flush();
    const [counts, times, ...more] = read();
    assert.equal(more.length, 0);
    assert.deepEqual(counts, {
      _aws: {
        Timestamp: 1_700_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: 'shop/dev',
            Dimensions: [['Flow']],
            Metrics: [
              { Name: 'ExecutionsStarted', Unit: 'Count' },
              { Name: 'CommitConflicts', Unit: 'Count' },
            ],
          },
        ],
      },
      level: 'info',
      message: 'metrics',
      Flow: 'a',
      ExecutionsStarted: 2,
      CommitConflicts: 3,
    });
    assert.deepEqual([times?.AttemptDuration, times?.Chunk, times?.Outcome], [[12, 30], 'c', 'failed']);
    await meter.flush();
    assert.equal(read().length, 2, 'each value is written once');
  });

  it('cuts lists that are too long for a line', async () => {
    const { meter, read } = meterOf();
    for (let i = 0; i < 250; i += 1) meter.record('queueAge', i, { queue: 'q' });
    await meter.flush();
    assert.deepEqual(
      read().map(({ QueueAge: ages }) => [ages].flat().length),
      [100, 100, 50],
    );
    assert.equal(valuesIn(read()).get('QueueAge q')?.length, 250);
  });

  it('counts executions and their attempts', async () => {
    const { meter, read } = meterOf();
    const kit = createTestkit(defineApp({ flows: [storyFlow()] }), { telemetry: createTelemetry({ meters: [meter] }) });
    await kit.client.start('story', { secret: 'canary' }, { id: 'e1' });
    await kit.client.start('story', { secret: 'canary' }, { id: 'e2' });
    await kit.client.start('story', { secret: 'canary' }, { id: 'e2' });
    await kit.drain();
    await kit.advance(5_000);
    await kit.advance(MINUTE);
    const [wait] = (await kit.view('e1')).interrupts;
    await kit.client.resume('e1', wait?.interruptId ?? '', { value: { secret: 'canary' } });
    await kit.client.cancel('e2');
    await kit.drain();
    const counted = valuesIn(read());
    const sum = (key: string) => counted.get(key)?.reduce((all, each) => all + each, 0);
    assert.equal(sum('ExecutionsStarted story'), 2, 'a repeated start counts once');
    assert.equal(sum('ExecutionsClosed story completed'), 1);
    assert.equal(sum('ExecutionsClosed story cancelled'), 1);
    assert.equal(counted.get('AttemptDuration story fetch failed')?.length, 2);
    assert.equal(counted.get('AttemptDuration story pay succeeded')?.length, 1);
    assert.doesNotMatch(JSON.stringify(read()), /canary/);
  });
});
