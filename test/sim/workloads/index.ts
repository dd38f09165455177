/** Every workload; a new operator adds a file and a line. */
import type { Workload } from '../workload.ts';
import { chain } from './chain.ts';
import { failures } from './failures.ts';
import { fan } from './fan.ts';
import { signals } from './signals.ts';
import { storm } from './storm.ts';
import { waits } from './waits.ts';

export const WORKLOADS: readonly Workload[] = [chain, fan, waits, signals, failures, storm];
