import { runSchedule } from './schedule.ts';
import { WORKLOADS } from './workloads/index.ts';

const n = Number(process.argv[2] ?? 100),
  from = Number(process.argv[3] ?? 1),
  show = process.argv[4];
const counters = new Map<string, number>();
let steps = 0;
let bad = 0;
const t = Date.now();
for (let i = 0; i < n; i++) {
  const seed = from + i;
  const workload = WORKLOADS[seed % WORKLOADS.length]!;
  const r = await runSchedule({ seed, workload, trace: show === 'trace' });
  steps += r.steps;
  for (const [k, v] of [...r.counters, ...[...r.faults].map(([k, v]) => ['F ' + k, v] as const)])
    counters.set(k, (counters.get(k) ?? 0) + v);
  if (r.violations.length) {
    bad++;
    if (bad < 12) console.log(seed, r.workload, r.steps, r.violations);
  }
  if (show === 'trace') console.log(r.lines.join('\n'));
}
console.log({ n, bad, steps, perSecond: n / ((Date.now() - t) / 1000), hash: '' });
console.log(Object.fromEntries(counters));
