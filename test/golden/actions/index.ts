/** The actions of the format by name. */
import { NotBuilt } from '../format.ts';
import type { Act } from '../play/host.ts';
import { aliasPending, continueWith } from './interrupts.ts';
import {
  close,
  create,
  define,
  flowStart,
  joinStart,
  seal,
  start,
  startExecution,
  startNowait,
  unseal,
} from './lifecycle.ts';
import { emit, intervene, setFlowData, setState } from './signals.ts';
import { claimLease, declareRequirement, inspectLoad, load, save, setResource } from './snapshots.ts';

const sleep: Act = async ({ rig }, { ms }) => {
  await rig.advance(Number(ms));
  return undefined;
};

const ACTIONS: Readonly<Record<string, Act>> = {
  define,
  create_execution: create,
  start,
  flow_start: flowStart,
  save,
  load,
  inspect_load: inspectLoad,
  declare_resource_requirement: declareRequirement,
  set_resource: setResource,
  claim_lease: claimLease,
  set_state: setState,
  start_nowait: startNowait,
  join_start: joinStart,
  flow_start_execution: startExecution,
  emit,
  emit_nowait: emit,
  set_flow_data: setFlowData,
  continue_with: continueWith,
  alias_pending: aliasPending,
  intervene,
  seal,
  unseal,
  close,
  sleep_ms: sleep,
  observe: async () => undefined,
};

export const act: Act = (host, action) => {
  const does = ACTIONS[action.do];
  if (!does) throw new NotBuilt(action.do);
  return does(host, action);
};
