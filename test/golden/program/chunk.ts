/** Interprets the program of a chunk as a handler of the authoring API. */
import type { ChunkContext, Env } from '../../../lib/index.ts';
import { type Json, list, NotBuilt, type Op, text } from '../format.ts';
import type { Recorder } from '../play/recorder.ts';
import { evaluate, isTruthy, type Scope } from './expressions.ts';

export type Context = ChunkContext<Env, unknown>;

/** The run's objects that handlers of a case use. */
export interface Surroundings {
  readonly recorder: Recorder;
  sleep(ms: number): Promise<void>;
  /** The live objects of an execution in this process. */
  resourcesOf(executionId: string): Record<string, unknown>;
  /** Called before and after the program, to vary schedules. */
  pause(): Promise<void>;
}

/** The chunk returned in the middle of its program. */
interface Returned {
  readonly value: unknown;
}

class ChunkError extends Error {
  override readonly name = 'ChunkError';
}

export function makeHandler(around: Surroundings, chunk: string, program: readonly Op[]) {
  return async (ctx: Context): Promise<unknown> => {
    const run = around.recorder.begin(chunk, ctx.input as Json);
    try {
      await around.pause();
      const returned = await new Interpreter(around, ctx).all(program);
      await around.pause();
      return returned?.value ?? null;
    } catch (error) {
      if (error instanceof NotBuilt) around.recorder.missing.add(error.what);
      throw error;
    } finally {
      around.recorder.end(run);
    }
  };
}

class Interpreter {
  readonly #around: Surroundings;
  readonly #ctx: Context;
  readonly #vars = new Map<string, Json>();
  /** Resources that this run has set. */
  readonly #made: Record<string, Json> = {};
  readonly #scope: Scope;

  constructor(around: Surroundings, ctx: Context) {
    this.#around = around;
    this.#ctx = ctx;
    this.#scope = {
      input: ctx.input as Json,
      vars: this.#vars,
      isResume: ctx.isResume,
      resume: (ctx.resume?.value ?? null) as Json,
      state: (path) => ctx.state.get(path) as Promise<Json | undefined>,
      flowData: (path) => ctx.flowData.get(path, { noWarning: true }),
      resource: (key) => ({ ...ctx.resources, ...this.#made })[key],
    };
  }

  async all(ops: readonly Op[]): Promise<Returned | undefined> {
    for (const op of ops) {
      const returned = await this.#one(op);
      if (returned) return returned;
    }
    return undefined;
  }

  async #one(op: Op): Promise<Returned | undefined> {
    switch (op.op) {
      case 'return':
        return { value: await this.#value(op.value) };
      case 'pause_for':
        return { value: await this.#pause(op) };
      case 'if':
        return this.all(list<Op>(isTruthy(await this.#value(op.cond)) ? op.then : op.else));
      case 'if_resume':
        return this.all(list<Op>(this.#ctx.isResume ? op.then : op.else));
      case 'for':
        return this.#loop(op);
      case 'try':
        return this.#try(op);
      default:
        return this.#effect(op);
    }
  }

  async #effect(op: Op): Promise<undefined> {
    const ctx = this.#ctx;
    const key = () => text(op.key, `key of ${op.op}`);
    const options = op.emit === false ? ({ emit: false } as const) : {};
    switch (op.op) {
      case 'set_state':
        return void (await ctx.state.set(key(), await this.#value(op.value), options));
      case 'append_state':
        return void (await ctx.state.append(key(), await this.#value(op.value), options));
      case 'del_state':
        return void (await ctx.state.delete(key(), options));
      case 'set_flow_data':
        return void (await ctx.flowData.set(key(), await this.#value(op.value), { noWarning: true }));
      case 'append_flow_data':
        return void (await ctx.flowData.append(key(), await this.#value(op.value), { noWarning: true }));
      case 'emit':
        return void (await ctx.emit(text(op.event, 'event'), await this.#value(op.value)));
      case 'emit_nowait':
        return void ctx.emitNowait(text(op.event, 'event'), await this.#value(op.value));
      case 'put_into_stream':
        return void (await ctx.stream(await this.#value(op.item)));
      case 'stop_stream':
        return void (await ctx.stopStream());
      case 'set_result':
        return void (await ctx.setResult(await this.#value(op.value)));
      case 'raise':
        throw new ChunkError(text(op.message, 'message'));
      case 'sleep_ms':
        return void (await this.#around.sleep(Number(await this.#value(op.ms))));
      case 'let':
        return void this.#vars.set(text(op.name, 'name'), await this.#value(op.value));
      case 'require_resource':
        return void this.#vars.set(String(op.as ?? op.key), ctx.requireResource(key()) as Json);
      case 'set_resource':
        this.#made[key()] = await this.#value(op.value);
        return void Object.assign(this.#around.resourcesOf(ctx.execution.id), this.#made);
      case 'get_interventions':
        return void this.#vars.set(text(op.as, 'as'), await this.#interventions(op));
      case 'mark_interventions_consumed':
        return this.#consume(op);
      default:
        throw new NotBuilt(`op ${op.op}`);
    }
  }

  async #pause(op: Op): Promise<unknown> {
    const id = op.interrupt_id === undefined ? undefined : String(await this.#value(op.interrupt_id));
    if (id !== undefined) this.#around.recorder.chosenIds.add(id);
    const payload = await this.#value(op.payload ?? null);
    const common = {
      type: text(op.type, 'type'),
      payload,
      ...(id === undefined ? {} : { id }),
      ...(op.max_resumes === undefined ? {} : { maxResumes: op.max_resumes as number | null }),
    };
    if (op.resume_event !== undefined)
      return this.#ctx.pauseFor({ ...common, resumeEvent: text(op.resume_event, 'resume_event') });
    if (op.resume_to === undefined) return this.#ctx.pauseFor(common);
    return this.#ctx.pauseFor({ ...common, resumeTo: op.resume_to as 'next' | 'self' | { event: string } });
  }

  async #loop(op: Op): Promise<Returned | undefined> {
    for (const item of list(await this.#value(op.in))) {
      this.#vars.set(text(op.as, 'as'), item);
      const returned = await this.all(list<Op>(op.do));
      if (returned) return returned;
    }
    return undefined;
  }

  async #try(op: Op): Promise<Returned | undefined> {
    try {
      return await this.all(list<Op>(op.do));
    } catch (error) {
      this.#vars.set(String(op.as ?? 'error'), error instanceof Error ? error.message : String(error));
      return this.all(list<Op>(op.catch));
    }
  }

  async #interventions(op: Op): Promise<Json> {
    const { status, target, since_version: sinceVersion } = op;
    const filter = {
      ...(status === undefined ? {} : { status: status as 'inserted' }),
      ...(target === undefined ? {} : { target: text(target, 'target') }),
      ...(sinceVersion === undefined ? {} : { sinceVersion: Number(sinceVersion) }),
    };
    const found = await this.#ctx.interventions.get(filter);
    return found.map((each) => ({
      version: each.version,
      status: each.status,
      payload: each.payload,
      target: each.target ?? null,
      author: each.author ?? null,
      note: each.note ?? null,
    }));
  }

  async #consume(op: Op): Promise<undefined> {
    const { consumer, status, note, target } = op;
    const found = await this.#ctx.interventions.get(target === undefined ? {} : { target: text(target, 'target') });
    for (const { version } of found) {
      await this.#ctx.interventions.consume(version, {
        ...(consumer === undefined ? {} : { consumer: text(consumer, 'consumer') }),
        ...(status === undefined ? {} : { status: status as 'applied' | 'ignored' }),
        ...(note === undefined ? {} : { note: text(note, 'note') }),
      });
    }
  }

  #value(expression: Json | undefined): Promise<Json> {
    return evaluate(expression ?? null, this.#scope);
  }
}
