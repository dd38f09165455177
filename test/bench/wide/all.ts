/** Runs the workloads of `RESULTS.md`, each in a process of its own, and writes that table. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const RESULTS = fileURLToPath(new URL('../RESULTS.md', import.meta.url));

const RUNS: readonly string[] = [
  'fan-out --items 1000 --store embedded',
  'fan-out --items 10000 --store embedded',
  'fan-out --items 1000 --store embedded --retry 0.1',
  'fan-out --items 10000 --store embedded --retry 0.1',
  'fan-out --items 1000 --store embedded --body chain3',
  'fan-out --items 1000 --store embedded --body sub-flow',
  'fan-out --items 10000 --store embedded --body sub-flow',
  'fan-out --items 1000 --store memory',
  'fan-out --items 10000 --store memory',
  'fan-out --items 100000 --store memory',
  'fan-out --items 10000 --store memory --retry 0.1',
  'fan-out --items 1000 --store memory --body chain3',
  'fan-out --items 300 --store memory --body sub-flow',
  'fan-out --items 1000 --store memory --body sub-flow',
  'fan-out --items 2000 --store memory --ms 200 --workers 8',
  'fan-out --items 1000 --store model --ms 200 --workers 8',
  'fan-out --items 10000 --store model --ms 200 --workers 32',
  'pages --items 20000 --store memory',
  'pages --items 1000000 --store memory',
  'answers --waits 1000 --store embedded',
  'crowd --signals 1000 --store embedded',
  'crowd --signals 10000 --store embedded',
  'due --waits 5000 --store embedded',
  'values --store embedded',
  'served --items 5000',
];

/** What the table shows of a report, by the heading of its column. */
const COLUMNS = {
  'WCU per item': 'wcuPerItem',
  'writes per item': 'writesPerItem',
  'reads per item': 'readsPerItem',
  'CPU ms per item': 'cpuMsPerItem',
  'largest head (bytes)': 'headBytesMax',
  'peak RSS (MB)': 'peakRssMb',
  'time (ms)': 'wallMs',
} as const;

type Report = Readonly<Partial<Record<(typeof COLUMNS)[keyof typeof COLUMNS], number | null>>>;

const HEAD = `# Cost of wide work

\`npm run -s bench -- all\` writes this table. Writes and capacity units are exact; those of \`--store model\` follow DynamoDB's rules and the latencies of a virtual clock, which also makes its time. CPU and other times depend on the machine and on what else it runs: compare them only within one table. With \`--store memory\` the fan-out and pages run from a bundle, after 25 runs of at most 1,000 items in the same process that are not counted (one where items take time); the fan-out with \`--store embedded\` after 5. A head is measured as stored (embedded and model: compressed, memory: JSON). The items of \`values\` are six: an input of 5 MB, an output of 15 MB, a state key of 1 MB, a file of 16 MB, 20 results of 1 MB, and a list of 5,000 items of 1 KB.

| \`npm run -s bench -- …\` | ${Object.keys(COLUMNS).join(' | ')} |
|${'---|'.repeat(Object.keys(COLUMNS).length + 1)}
`;

/** @throws Error when a run fails or its result is wrong */
export async function benchAll(): Promise<{ readonly reports: readonly object[] }> {
  const reports: object[] = [];
  const rows: string[] = [];
  for (const run of RUNS) {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', MAIN, ...run.split(' ')]);
    const report = JSON.parse(stdout) as Report;
    reports.push(report);
    const cells = Object.values(COLUMNS).map((name) => report[name] ?? '');
    rows.push(`| \`${run}\` | ${cells.join(' | ')} |`);
    await writeFile(RESULTS, `${HEAD}${rows.join('\n')}\n`);
  }
  return { reports };
}
