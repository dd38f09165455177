/** Every workload; a new operator adds a file and a line. */
import type { Workload } from '../workload.ts';
import { actors } from './actors.ts';
import { advice } from './advice.ts';
import { again } from './again.ts';
import { answered } from './answered.ts';
import { approvals } from './approvals.ts';
import { auto } from './auto.ts';
import { beside } from './beside.ts';
import { caps } from './caps.ts';
import { cascade } from './cascade.ts';
import { chain } from './chain.ts';
import { children } from './children.ts';
import { closing } from './closing.ts';
import { crowd } from './crowd.ts';
import { deadline } from './deadline.ts';
import { expiry } from './expiry.ts';
import { failures } from './failures.ts';
import { fan } from './fan.ts';
import { flood } from './flood.ts';
import { forks } from './forks.ts';
import { full } from './full.ts';
import { gather } from './gather.ts';
import { hops } from './hops.ts';
import { hosted } from './hosted.ts';
import { hosts } from './hosts.ts';
import { items } from './items.ts';
import { joins } from './joins.ts';
import { ledger } from './ledger.ts';
import { limits } from './limits.ts';
import { loads } from './loads.ts';
import { mends } from './mends.ts';
import { portions } from './portions.ts';
import { questions } from './questions.ts';
import { refusals } from './refusals.ts';
import { repeats } from './repeats.ts';
import { rest } from './rest.ts';
import { retention } from './retention.ts';
import { routes } from './routes.ts';
import { schedules } from './schedules.ts';
import { scopes } from './scopes.ts';
import { shared } from './shared.ts';
import { signals } from './signals.ts';
import { sizes } from './sizes.ts';
import { sleeps } from './sleeps.ts';
import { slots } from './slots.ts';
import { starts } from './starts.ts';
import { storm } from './storm.ts';
import { streams } from './streams.ts';
import { tasks } from './tasks.ts';
import { together } from './together.ts';
import { turns } from './turns.ts';
import { undoing } from './undoing.ts';
import { waits } from './waits.ts';
import { workspace } from './workspace.ts';

export const WORKLOADS: readonly Workload[] = [
  chain,
  fan,
  waits,
  scopes,
  signals,
  failures,
  storm,
  routes,
  joins,
  expiry,
  closing,
  deadline,
  refusals,
  ledger,
  starts,
  retention,
  rest,
  items,
  cascade,
  children,
  gather,
  caps,
  turns,
  hosts,
  limits,
  shared,
  advice,
  beside,
  again,
  hosted,
  together,
  approvals,
  sleeps,
  slots,
  loads,
  hops,
  streams,
  auto,
  schedules,
  workspace,
  tasks,
  forks,
  sizes,
  portions,
  full,
  answered,
  mends,
  questions,
  repeats,
  undoing,
  crowd,
  actors,
  flood,
];
