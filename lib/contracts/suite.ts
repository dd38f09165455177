/** Registers the checks of a contract and counts what passed, per port and adapter. */
import { test } from 'node:test';

const passed = new Map<string, Map<string, number>>();

/** One suite run over one adapter. */
export interface Suite {
  check(title: string, run: () => Promise<void>): void;
}

export function suite(port: string, adapter: string): Suite {
  const row = passed.get(port) ?? new Map<string, number>();
  passed.set(port, row.set(adapter, 0));
  return {
    check(title, run) {
      test(`${port} / ${adapter}: ${title}`, async () => {
        await run();
        row.set(adapter, (row.get(adapter) ?? 0) + 1);
      });
    },
  };
}

/** Ports as rows, adapters as columns, checks passed as cells. */
export function matrix(): string {
  const adapters = [...new Set([...passed.values()].flatMap((row) => [...row.keys()]))];
  const cells = [
    ['port', ...adapters],
    ...Array.from(passed, ([port, row]) => [port, ...adapters.map((adapter) => String(row.get(adapter) ?? '-'))]),
  ];
  const widths = ['port', ...adapters].map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  return cells.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')).join('\n');
}

/** Starts `count` calls at once. */
export function together<T>(count: number, call: (i: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => call(i)));
}

/** Erases until nothing is left to erase. */
export async function untilErased(erase: () => Promise<'erased' | 'more'>): Promise<void> {
  for (let calls = 0; (await erase()) === 'more'; calls += 1) if (calls > 100) throw new Error('It never ends.');
}
