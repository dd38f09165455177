import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { describe, it, type TestContext } from 'node:test';
import { attach } from '../../lib/flow/authoring/steps.ts';
import type { Operation } from '../../lib/flow/operators/table.ts';
import { createLevel, createPoint } from '../../lib/flow/wiring/points.ts';
import { defineTaskFlow, exportFlow } from '../../lib/index.ts';

const tasks = defineTaskFlow({ name: 'work', kinds: { k: () => null } });

interface Task {
  readonly id: string;
  readonly kind: 'k';
  readonly dependsOn: readonly string[];
}

/** Ids of equal length, so lists differ only in their number of tasks. */
const id = (i: number): string => `t${1_000_000 + i}`;
const task = (i: number, after: readonly number[]): Task => ({ id: id(i), kind: 'k', dependsOn: after.map(id) });
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const layer = (i: number, width: number): readonly number[] =>
  i < width ? [] : range(0, width).map((j) => (Math.floor(i / width) - 1) * width + j);

const LISTS: Readonly<Record<string, (count: number) => Task[]>> = {
  roots: (count) => range(0, count).map((i) => task(i, [])),
  'a join': (count) => [...range(0, count).map((i) => task(i, [])), task(count, range(0, count))],
  'five joins': (count) => [
    ...range(0, count).map((i) => task(i, [])),
    ...range(0, 5).map((i) => task(count + i, range(i, count))),
  ],
  'a chain': (count) => range(0, count).map((i) => task(i, i > 0 ? [i - 1] : [])),
  layers: (count) => range(0, count).map((i) => task(i, layer(i, 100))),
  diamonds: (count) => range(0, count).map((i) => task(i, i % 3 === 2 ? [i - 2, i - 1] : layer(Math.floor(i / 3), 1))),
};

/** Bytes hashed during `work`. */
function digested({ mock }: TestContext, work: () => unknown): number {
  const hash = mock.method(crypto, 'hash');
  syncBuiltinESMExports();
  work();
  hash.mock.restore();
  syncBuiltinESMExports();
  return hash.mock.calls.reduce((sum, call) => sum + Buffer.byteLength(call.arguments[1]), 0);
}

describe('the work of a task list', () => {
  for (const [what, make] of Object.entries(LISTS)) {
    it(`grows linearly with the list: ${what}`, (t) => {
      const workOf = (count: number): readonly number[] => {
        const list = { tasks: make(count) };
        const bytes = digested(t, () => tasks.compile(list).fingerprint);
        return [bytes, JSON.stringify(exportFlow(tasks.compile(list))).length];
      };
      const [once, four] = [workOf(400), workOf(1_600)];
      assert.ok(once.every((bytes) => bytes > 10_000));
      for (const [i, bytes] of four.entries()) assert.ok(bytes <= 5 * (once[i] ?? 0), `${once} and ${four} bytes`);
    });
  }

  it('grows linearly with the steps after one point', () => {
    const looked = (count: number): number => {
      let reads = 0;
      const point = createPoint(createLevel({ of: 'flow' }));
      const operation = (i: number): Operation => ({
        get kind() {
          reads += 1;
          return 'chunk' as const;
        },
        chunk: id(i),
      });
      for (let i = 0; i < count; i += 1) attach(point, operation(i));
      return reads;
    };
    assert.ok(looked(1_600) <= 5 * looked(400));
  });
});
