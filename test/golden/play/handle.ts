/** One execution of a case and its observable state, in the terms of the format. */
import type { Execution } from '../../../lib/host/execution.ts';
import type { HandleOptions } from '../../../lib/host/host.ts';
import type { Intervention } from '../../../lib/index.ts';
import type { ExecutionView, InterruptView, StartOptions } from '../../../lib/runtime/client/types.ts';
import {
  type After,
  GoldenError,
  isObject,
  type Json,
  type JsonObject,
  type ResultSeen,
  type StreamSeen,
} from '../format.ts';
import type { Recorder } from './recorder.ts';
import type { Process } from './rig.ts';

export interface Settings {
  readonly start: StartOptions;
  readonly handle: HandleOptions;
}

const NEW: After = { status: 'created', lifecycle: 'open', pending: [], state: {} };
const PAGE = 1_000;

export class Handle {
  readonly id: string;
  readonly flow: string;
  readonly options: Settings;
  /** The flow of the case. Absent: the main one. */
  readonly plan: string | undefined;
  process: Process;
  execution: Execution | undefined;
  readonly #recorder: Recorder;

  constructor(
    around: { readonly recorder: Recorder; readonly process: Process },
    of: { readonly id: string; readonly flow: string; readonly options: Settings; readonly plan: string | undefined },
  ) {
    this.#recorder = around.recorder;
    this.process = around.process;
    this.id = of.id;
    this.flow = of.flow;
    this.options = of.options;
    this.plan = of.plan;
    this.process.serve(this.id);
  }

  /** Only the store and the lease known to its owner remain. */
  async moveTo(process: Process): Promise<void> {
    const { resources } = this.options.handle;
    const fence = this.execution?.fence;
    this.process = process;
    process.serve(this.id);
    if (!this.execution) return;
    const live = this.execution.resources;
    this.execution = await process.host.execution(this.id, {
      resources: { ...resources, ...live },
      ...(fence === undefined ? {} : { fence }),
    });
  }

  get held(): Execution {
    if (!this.execution) throw new GoldenError('no_execution');
    return this.execution;
  }

  view(): Promise<ExecutionView | undefined> {
    return this.process.client.get(this.id);
  }

  async after(): Promise<After> {
    const view = await this.view();
    if (!view) return NEW;
    const { status, lifecycle, state } = view;
    const pending = view.interrupts.map((each) => this.#pending(each));
    return { status, lifecycle, pending, state: withoutInterventions(state), ...interventionsOf(view) };
  }

  async result(): Promise<ResultSeen> {
    const view = await this.view();
    const meta = { lifecycle_state: view?.lifecycle ?? 'open' };
    if (!view) return { state: {}, meta };
    const seen = { state: withoutInterventions(view.state), meta, ...interventionsOf(view) };
    if (view.lifecycle !== 'closed') return seen;
    const snapshot = snapshotOf(view);
    return { ...seen, final_result: (isObject(snapshot) ? snapshot.$final_result : undefined) ?? snapshot };
  }

  async stream(): Promise<readonly StreamSeen[]> {
    const seen: StreamSeen[] = [];
    for (let after = 0; ; ) {
      const page = await this.process.client.readStream(this.id, { after, limit: PAGE });
      if (!page || page.items.length === 0) return seen;
      seen.push(
        ...page.items.map(({ chunk, item }) => (chunk === '$framework' ? system(item) : { producer: chunk, item })),
      );
      after = page.cursor;
    }
  }

  #pending({ interruptId: id, type, payload, resumeTo }: InterruptView): After['pending'][number] {
    const resume_to: Json = typeof resumeTo === 'string' ? resumeTo : { event: resumeTo.event };
    return { id: this.#recorder.chosenIds.has(id) ? id : '<auto>', type, payload, resume_to };
  }
}

/** The close snapshot. */
export function snapshotOf({ result = null }: ExecutionView): Json {
  return isObject(result) ? withoutInterventions(result) : result;
}

/** The format keeps interventions outside the state. */
function withoutInterventions(state: JsonObject): JsonObject {
  const { $interventions: _, ...rest } = state;
  return rest;
}

function interventionsOf({ interventions = [] }: ExecutionView): { readonly interventions?: Json } {
  return interventions.length === 0 ? {} : { interventions: interventions.map(seen) };
}

function seen(each: Intervention): Json {
  const consumers = Object.entries(each.consumers).map(
    ([name, { status, note }]) => [name, { status, note: note ?? null }] as const,
  );
  return {
    version: each.version,
    status: each.status,
    payload: each.payload,
    target: each.target ?? null,
    author: each.author ?? null,
    note: each.note ?? null,
    inserted_by: each.insertedBy ?? null,
    consumers: Object.fromEntries(consumers),
  };
}

function system(item: Json): StreamSeen {
  if (!isObject(item)) return { producer: 'framework', item };
  const { kind, action, payload = null } = item;
  const rest = kind === 'interrupt' ? { type: item.type } : { status: item.status };
  return { producer: 'framework', item: { $framework: kind, action, ...rest, payload } as JsonObject };
}
