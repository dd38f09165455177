/** Every workload. A new one adds a file and a line here. */

import { cascade } from './chunks/cascade.ts';
import { chain } from './chunks/chain.ts';
import { deadline } from './chunks/deadline.ts';
import { failures } from './chunks/failures.ts';
import { hops } from './chunks/hops.ts';
import { limits } from './chunks/limits.ts';
import { refusals } from './chunks/refusals.ts';
import { repeats } from './chunks/repeats.ts';
import { room } from './chunks/room.ts';
import { storm } from './chunks/storm.ts';
import { streams } from './chunks/streams.ts';
import { together } from './chunks/together.ts';
import { workspace } from './chunks/workspace.ts';
import { again } from './hosts/again.ts';
import { erased } from './hosts/erased.ts';
import { forks } from './hosts/forks.ts';
import { hosted } from './hosts/hosted.ts';
import { hosts } from './hosts/hosts.ts';
import { loads } from './hosts/loads.ts';
import { mends } from './hosts/mends.ts';
import { pauses } from './hosts/pauses.ts';
import { reruns } from './hosts/reruns.ts';
import { retention } from './hosts/retention.ts';
import { shared } from './hosts/shared.ts';
import { soon } from './hosts/soon.ts';
import { beside } from './operators/beside.ts';
import { caps } from './operators/caps.ts';
import { children } from './operators/children.ts';
import { completions } from './operators/completions.ts';
import { fan } from './operators/fan.ts';
import { gather } from './operators/gather.ts';
import { items } from './operators/items.ts';
import { joins } from './operators/joins.ts';
import { long } from './operators/long.ts';
import { pages } from './operators/pages.ts';
import { routes } from './operators/routes.ts';
import { scopes } from './operators/scopes.ts';
import { slots } from './operators/slots.ts';
import { tasks } from './operators/tasks.ts';
import { undoing } from './operators/undoing.ts';
import { advice } from './outside/advice.ts';
import { attributes } from './outside/attributes.ts';
import { auto } from './outside/auto.ts';
import { closing } from './outside/closing.ts';
import { flood } from './outside/flood.ts';
import { full } from './outside/full.ts';
import { ledger } from './outside/ledger.ts';
import { notes } from './outside/notes.ts';
import { rest } from './outside/rest.ts';
import { schedules } from './outside/schedules.ts';
import { signals } from './outside/signals.ts';
import { sizes } from './outside/sizes.ts';
import { starts } from './outside/starts.ts';
import { actors } from './waits/actors.ts';
import { answered } from './waits/answered.ts';
import { approvals } from './waits/approvals.ts';
import { crowd } from './waits/crowd.ts';
import { expiry } from './waits/expiry.ts';
import { portions } from './waits/portions.ts';
import { questions } from './waits/questions.ts';
import { sleeps } from './waits/sleeps.ts';
import { turns } from './waits/turns.ts';
import { waits } from './waits/waits.ts';
import type { Workload } from './workload.ts';

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
  completions,
  long,
  pages,
  pauses,
  erased,
  attributes,
  soon,
  reruns,
  room,
  notes,
];
