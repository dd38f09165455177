/** The host of a case: its processes, executions and script variables. */
import type { Client, ExecutionView } from '../../../lib/runtime/client/types.ts';
import { type Action, type Case, GoldenError, type Json, type JsonObject, NotBuilt } from '../format.ts';
import { Program } from '../program/program.ts';
import type { Store } from '../stores/backend.ts';
import { failureOf } from './codes.ts';
import { Handle, type Settings } from './handle.ts';
import { Recorder } from './recorder.ts';
import { type Process, Rig } from './rig.ts';
import type { Schedule } from './schedule.ts';

/** Performs an action and returns its answer. @throws GoldenError, FlowError: it failed; NotBuilt */
export type Act = (host: Host, action: Action) => Promise<JsonObject | undefined>;

export interface Setting {
  readonly schedule: Schedule;
  readonly store: Store;
}

let runs = 0;

export class Host {
  readonly rig: Rig;
  readonly recorder = new Recorder();
  readonly handles = new Map<string, Handle>();
  /** Replaced handles. */
  readonly past: Handle[] = [];
  /** Saved documents by name. */
  readonly saved = new Map<string, Json>();
  /** Interrupt ids by the names of `alias_pending`. */
  readonly aliases = new Map<string, string>();
  program: Program;
  closeSnapshot: Json = null;
  last: Handle | undefined;
  readonly #run: string;
  #count = 0;

  readonly #make: () => Program;

  constructor(source: Case, { schedule, store }: Setting) {
    const rig = new Rig(store.open, schedule);
    const { recorder } = this;
    runs += 1;
    // Runs may share a store, so names are unique per run.
    const run = `r${runs}`;
    const pause = async () => {
      const ms = schedule.delay();
      if (ms > 0) await rig.sleep(ms);
    };
    this.rig = rig;
    this.#run = run;
    const resourcesOf = (id: string) => {
      const handle = [...this.handles.values()].find((each) => each.id === id);
      if (!handle) throw new NotBuilt('resources without a handle');
      return handle.held.resources;
    };
    this.#make = () => new Program(source, { recorder, sleep: (ms) => rig.sleep(ms), pause, resourcesOf }, run);
    this.program = this.#make();
  }

  /** Starts a new process: all objects are built anew, and only the store remains. */
  async restart(): Promise<void> {
    this.program = this.#make();
    for (const handle of this.handles.values()) await handle.moveTo(this.process(handle.plan));
  }

  /** A new handle with this name; the previous one is no longer used. */
  open(name: string, options: Settings, plan?: string): Handle {
    const handle = this.make(options, plan);
    this.keep(name, handle);
    return handle;
  }

  keep(name: string, handle: Handle): void {
    const old = this.handles.get(name);
    if (old) {
      old.process.forget(old.id);
      this.past.push(old);
    }
    this.last = handle;
    this.handles.set(name, handle);
  }

  /** A handle that the script does not see. */
  make(options: Settings, plan?: string): Handle {
    this.#count += 1;
    const of = { id: `${this.#run}-${this.#count}`, flow: this.program.flow(plan).name, options, plan };
    return new Handle({ recorder: this.recorder, process: this.process(plan) }, of);
  }

  /** A process with one flow: the main one, or another of the case. */
  process(plan?: string): Process {
    return this.rig.open(this.program.app(this.program.flow(plan)));
  }

  handle({ ex = 'ex' }: Action): Handle {
    const handle = this.handles.get(ex) ?? this.last;
    if (!handle) throw new GoldenError('no_execution');
    return handle;
  }

  client(action: Action): Client {
    return this.handle(action).process.client;
  }

  /**
   * Waits for the cascade of an action, unless the script continues at once. @throws the failure of the cascade, where the call
   * `raises`
   */
  async quiet(
    { settle }: Action,
    handle: Handle,
    { before, raises = true }: { readonly before: ExecutionView | undefined; readonly raises?: boolean },
  ): Promise<ExecutionView | undefined> {
    if (settle === false) {
      await this.rig.kick();
      return handle.view();
    }
    await this.rig.settle();
    const view = await handle.view();
    if (raises && view?.error && !before?.error) throw failureOf(view.error);
    return view;
  }
}
