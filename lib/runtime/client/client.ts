/** The client: what HTTP routes, scripts and tests call. */
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import type { Parameters } from '../app/parameters.ts';
import { createSnapshots } from '../snapshot/save-load.ts';
import { createActs, createTools } from './acts.ts';
import { createForks } from './copies/forks.ts';
import { createReruns } from './copies/reruns.ts';
import type { Client } from './types.ts';

export function createClient(known: App, all: Ports, parameters: Parameters): Client {
  const tools = createTools(known, all, parameters);
  const { app, ports } = tools;
  const snapshots = createSnapshots(app, ports, tools);
  const forks = createForks(app, ports, snapshots, parameters);
  const reruns = createReruns(app, ports, tools);
  // `Object.assign` instead of one literal with spreads, which takes fifty times as long for so many functions.
  return Object.assign(createActs(tools), snapshots, forks, reruns);
}
