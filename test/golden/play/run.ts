/** Runs the script of a case and records the observable results. */
import { act } from '../actions/index.ts';
import { type Action, type Case, NotBuilt, type Observation, type StepSeen } from '../format.ts';
import { errorOf } from './codes.ts';
import { Host, type Setting } from './host.ts';

export interface Seen {
  readonly observation: Observation;
  readonly logs: readonly string[];
}

/** @throws NotBuilt */
export async function runCase(source: Case, setting: Setting): Promise<Seen> {
  const host = new Host(source, setting);
  const steps: StepSeen[] = [];
  for (const action of source.script) {
    const seen = await attempt(host, action);
    const handle = host.handles.get(action.ex ?? action.as ?? 'ex') ?? host.last;
    const settles = action.settle !== false && handle !== undefined && action.do !== 'inspect_load';
    if (settles) await host.rig.settle();
    steps.push({ ...seen, ...(settles ? { after: await handle.after() } : {}) });
    if (setting.store.reloads) await host.restart();
    const [missing] = host.recorder.missing;
    if (missing !== undefined) throw new NotBuilt(missing);
  }
  return { observation: await observe(source, host, steps), logs: host.rig.logs };
}

async function attempt(host: Host, action: Action): Promise<StepSeen> {
  try {
    const answer = await act(host, action);
    return { do: action.do, ok: true, ...(answer ? { return: answer } : {}) };
  } catch (error) {
    if (error instanceof NotBuilt) throw error;
    return { do: action.do, ok: false, error: errorOf(error) };
  }
}

async function observe(source: Case, host: Host, steps: readonly StepSeen[]): Promise<Observation> {
  const streams = await Promise.all([...host.past, ...host.handles.values()].map((handle) => handle.stream()));
  const names = source.compare_state_of ?? [];
  const states = names.map(async (name) => [name, (await host.handles.get(name)?.after())?.state ?? null] as const);
  return {
    steps,
    close_snapshot: host.closeSnapshot,
    ...(host.last ? { result: await host.last.result() } : {}),
    ...(names.length > 0 ? { other_states: Object.fromEntries(await Promise.all(states)) } : {}),
    runs: host.recorder.runs,
    stream: streams.flat(),
    ...(source.record_parallel ? { max_parallel: host.recorder.peaks(source.record_parallel) } : {}),
  };
}
