/** Runs the lists of `RESULTS.md`, each in a process of its own, and writes that table. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { WideReport } from './report.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const RESULTS = fileURLToPath(new URL('../RESULTS.md', import.meta.url));

const RUNS: readonly string[] = [
  '--items 1000 --store embedded',
  '--items 10000 --store embedded',
  '--items 1000 --store embedded --retry 0.1',
  '--items 1000 --store memory',
  '--items 10000 --store memory',
  '--items 100000 --store memory',
  '--items 10000 --store memory --retry 0.1',
  '--items 1000 --store memory --body chain3',
  '--items 300 --store memory --body sub-flow',
  '--items 1000 --store memory --body sub-flow',
  '--items 2000 --store memory --ms 200 --workers 8',
];

const HEAD = `# Cost of lists

\`npm run -s bench -- all\` writes this table. Writes and capacity units are exact. CPU and time depend on the machine and on what else it runs: compare them only within one table. A head is measured as stored (embedded: compressed, memory: JSON).

| \`fan-out\` | WCU per item | writes per item | reads per item | CPU ms per item | largest head (bytes) | peak RSS (MB) | time (ms) |
|---|---|---|---|---|---|---|---|
`;

/** @throws Error when a run fails or its result is wrong */
export async function benchAll(): Promise<{ readonly reports: readonly WideReport[] }> {
  const reports: WideReport[] = [];
  const rows: string[] = [];
  for (const run of RUNS) {
    const args = ['--import', 'tsx', MAIN, 'fan-out', ...run.split(' ')];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const report = JSON.parse(stdout) as WideReport;
    reports.push(report);
    rows.push(row(run, report));
    await writeFile(RESULTS, `${HEAD}${rows.join('\n')}\n`);
  }
  return { reports };
}

function row(run: string, report: WideReport): string {
  const { wcuPerItem, writesPerItem, readsPerItem, cpuMsPerItem, headBytesMax, peakRssMb, wallMs } = report;
  const cells = [wcuPerItem ?? '', writesPerItem, readsPerItem, cpuMsPerItem, headBytesMax, peakRssMb, wallMs];
  return `| \`${run}\` | ${cells.join(' | ')} |`;
}
