/** Wires the plan of a random flow with the public API. */
import type { Json } from '../../../lib/flow/json.ts';
import { type ContextOf, defineFlow, FatalError } from '../../../lib/index.ts';
import { breaks, entryOf, handledOf, hits, incrementOf, messageOf, outputOf, pageOf, type Seen } from './model.ts';
import type { FlowPlan, Goal, Step, Work } from './plan.ts';
import { digestOf, plain } from './values.ts';

/** Is told what chunks get. */
export interface Listener {
  /** @throws an error that fails the attempt for good */
  saw(
    work: { readonly name: string; readonly sheltered: boolean; readonly isHandler?: boolean },
    key: string,
    seen: Seen,
  ): void;
  made(key: string, output: Json): void;
  /** Takes the time of the work. */
  work(input: Json): Promise<void>;
}

export type History = 'full' | 'times' | 'off';

const newFlow = (name: string, history: History) =>
  defineFlow({
    name,
    execution: { history },
    defaults: { retry: { maxAttempts: 30, initialDelay: 10, factor: 1, jitter: 0 } },
  });
type Flow = ReturnType<typeof newFlow>;
type Pipe = ReturnType<typeof pipeOf>;
type Context = ContextOf<Flow, unknown>;
const pipeOf = (flow: Flow) => flow.to('', () => null as unknown);

const SLEEP = 20;

export function wire(plan: FlowPlan, listener: Listener, history: History = 'full'): Flow {
  const flow = newFlow(plan.name, history);
  const chunks = new Map<string, unknown>();
  const last = follow(flow as unknown as Pipe, plan.steps);
  if (plan.result === 'end') last.end();
  for (const { left, right, steps } of plan.joins) follow(flow.when([left, right]) as unknown as Pipe, steps);
  // A chain may listen to a chunk of another one.
  for (const waiting = [...plan.chains]; waiting.length > 0; ) {
    const at = waiting.findIndex(({ on, signal }) => on !== 'chunk' || chunks.has(signal));
    for (const { signal, on, steps } of waiting.splice(at, 1)) {
      const or = on === 'or' && flow.when([signal, 'never'], { mode: 'or' });
      const chunk = on === 'chunk' ? (chunks.get(signal) as never) : signal;
      follow((or || flow.when(on === 'state' ? { state: signal } : chunk)) as unknown as Pipe, steps);
    }
  }
  return flow;

  async function act(work: Work, input: Json, ctx: Context): Promise<Json | undefined> {
    let read: Json | undefined;
    for (const each of work.acts) {
      if (each.act === 'fail' && ctx.attempt === 1) throw new Error('The first attempt fails.');
      if (each.act === 'append') await ctx.state.append('log', entryOf(work, input));
      if (each.act === 'increment') await ctx.state.increment('count', incrementOf(input));
      if (each.act === 'stream') await ctx.stream(input);
      if (each.act === 'set') await ctx.state.set(`tree.${work.name}`, input);
      if (each.act === 'read') read = await plain((await ctx.state.get('tree')) ?? null);
      if (each.act === 'emit') await ctx.emit(each.signal, input);
      if (each.act === 'emitNowait') ctx.emitNowait(each.signal, input);
      if (each.act === 'write') await ctx.state.set(each.signal, input);
      if (each.act === 'loop') ctx.emitNowait(each.signal, { turns: each.turns, value: input });
      if (each.act === 'join') {
        ctx.emitNowait(each.left, input);
        ctx.emitNowait(each.right, digestOf(input));
      }
    }
    if (work.turns !== undefined) {
      const { turns, value } = input as { turns: number; value: Json };
      if (turns > 0) ctx.emitNowait(work.turns, { turns: turns - 1, value });
    }
    return read;
  }

  function handlerOf(work: Work) {
    return async (ctx: Context) => {
      const input = await plain(ctx.input);
      const key = ctx.idempotencyKey;
      if (ctx.isResume) {
        const answer = await plain(ctx.resume?.value);
        listener.saw(work, key, { input, answer });
        return { answer, input: digestOf(input) };
      }
      listener.saw(work, key, { input });
      await listener.work(input);
      if (breaks(work, input)) throw new FatalError(messageOf(work, input));
      const output = outputOf(work, input, await act(work, input, ctx));
      if (work.end === 'approval') {
        const approval = await ctx.requireApproval({ subject: 'test', capability: work.name, payload: input });
        if (approval.status === 'pending') return approval.pause;
      }
      if (work.end === 'sleep') return ctx.sleep(SLEEP);
      if (work.end === 'expiry')
        return ctx.pauseFor({ type: 'expiry', payload: input, expiresIn: SLEEP, onExpiry: { value: output } });
      if (work.end === 'answer' || work.end === 'again')
        return ctx.pauseFor({ type: 'ask', payload: output, resumeTo: work.end === 'answer' ? 'next' : 'self' });
      listener.made(key, output);
      return output;
    };
  }

  function chunkOf(work: Work) {
    const chunk = (chunks.get(work.name) ?? newChunk(work)) as ReturnType<typeof newChunk>;
    chunks.set(work.name, chunk);
    return chunk;
  }

  function newChunk(work: Work) {
    if (work.skips) return flow.chunk(work.name, { onError: 'skip' }, handlerOf(work));
    if (work.handler === undefined) return flow.chunk(work.name, handlerOf(work));
    const handler = { name: work.handler, sheltered: true, isHandler: true };
    const chunk = flow.chunk(work.handler, async (ctx: Context) => {
      const { error, input: broken } = ctx.input as { error: { message: string }; input: unknown };
      const input = handledOf(error.message, await plain(broken));
      listener.saw(handler, ctx.idempotencyKey, { input });
      return input;
    });
    return flow.chunk(work.name, { onError: chunk as never }, handlerOf(work));
  }

  function pagesOf(work: Work, count: number) {
    return flow.chunk(work.name, async (ctx: Context) => {
      const input = await plain(ctx.input);
      const page = Number(ctx.page.from ?? 0);
      listener.saw(work, ctx.idempotencyKey, page === 0 ? { input } : { input, from: page });
      await act(work, input, ctx);
      const rows = pageOf(input, page);
      return page + 1 < count ? ctx.page(rows, { next: page + 1 }) : ctx.page(rows);
    });
  }

  function each(
    pipe: Pipe,
    { body, pages, collects, goal, least, concurrency, batchSize }: Extract<Step, { kind: 'each' }>,
  ): Pipe {
    const from = pages ? (pipe.to(pagesOf(pages.work, pages.count)) as unknown as Pipe) : pipe;
    const options = {
      ...(collects && { onItemError: 'collect' }),
      ...(concurrency !== undefined && { concurrency }),
      ...(batchSize !== undefined && { batchSize }),
      ...completionOf(goal, collects, least),
    };
    return from.forEach((item) => follow(item as Pipe, body), options as never) as unknown as Pipe;
  }

  function one(pipe: Pipe, step: Step): Pipe {
    switch (step.kind) {
      case 'work':
        return step.side ? (pipe.sideBranch(chunkOf(step.work)) as Pipe) : (pipe.to(chunkOf(step.work)) as Pipe);
      case 'each':
        return each(pipe, step);
      case 'batch': {
        const options = {
          ...(step.concurrency !== undefined && { concurrency: step.concurrency }),
          ...completionOf(step.goal),
        };
        return pipe.batch(step.works.map(chunkOf) as never, options as never) as unknown as Pipe;
      }
      case 'match':
        return pipe.match(
          (start) => {
            const cases = step.cases.reduce(
              (now, { body, ...when }) =>
                now.case(
                  async ({ input }: { input: unknown }) => hits(when, await plain(input)),
                  (branch: Pipe) => follow(branch, body),
                ) as never,
              start as never as { case(when: unknown, body: unknown): unknown; caseElse(body: unknown): unknown },
            );
            const { otherwise } = step;
            return (otherwise ? cases.caseElse((branch: Pipe) => follow(branch, otherwise)) : cases) as never;
          },
          { mode: step.mode, ...completionOf(step.goal) } as never,
        ) as unknown as Pipe;
      case 'sub':
        return pipe.subFlow(wire(step.flow, listener) as never, subOptions(step) as never) as unknown as Pipe;
      case 'meet': {
        (follow(pipe, step.left) as Pipe).collect(step.name, { branch: 'left' });
        return (follow(pipe, step.right) as Pipe).collect(step.name, { branch: 'right' }) as unknown as Pipe;
      }
      case 'tap':
        return pipe.tap('look', () => undefined) as Pipe;
    }
  }

  function follow(pipe: Pipe, steps: readonly Step[]): Pipe {
    return steps.reduce(one, pipe);
  }
}

function completionOf(goal: Goal, collects = false, least = 1_000_000) {
  if (goal === 'none') return {};
  if (goal === 'tolerates') return { completion: { toleratedFailurePercentage: 100 } };
  if (goal === 'never' || collects) return { completion: { until: () => false } };
  return { completion: { minSuccessful: least } };
}

function subOptions({ flow, gives, concurrency }: Extract<Step, { kind: 'sub' }>) {
  const limit = concurrency === undefined ? {} : { concurrency };
  if (gives === 'part') return { ...limit, capture: { input: 'value.value' }, writeBack: { value: 'result' } };
  if (gives === 'patch') return { ...limit, capture: { input: 'value.list' }, writeBack: { value: { got: 'result' } } };
  if (gives === 'value') return limit;
  const state = { [`from${flow.name}`]: 'state.tree' };
  return { ...limit, capture: { input: 'value', state: { seen: 'value' } }, writeBack: { value: 'result', state } };
}
