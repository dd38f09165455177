/** Computes what a random flow does, without the engine: what each chunk gets, and the state at the end. */
import { canonical, type Json } from '../../../lib/flow/json.ts';
import type { FlowPlan, Goal, Step, Work } from './plan.ts';
import { digestOf, hashOf, shaped } from './values.ts';

export type Seen = { readonly input: Json; readonly from?: number; readonly answer?: Json };
type Members = { [key: string]: Json };

export interface Expected {
  /** Each run of a chunk as JSON: its name and what it got. Sorted. */
  readonly runs: readonly string[];
  readonly stream: readonly string[];
  readonly state: Members;
}

class ItemFailure extends Error {}
const NO_OUTPUT = {
  name: 'NoOutputError',
  code: 'no_output',
  message: 'The item has no output: one of its branches was skipped, or its wait ended without an output.',
};

class TooManyRuns extends Error {}

/** The changes to an input before and after the chunk. The chunks of the real flow use the same. */
export const messageOf = (work: Work, input: Json) => `${work.name} broke ${digestOf(input)}`;
export const breaks = ({ breaks: of }: Work, input: Json) => of !== undefined && hashOf(input) % of === 0;
export const pageOf = (input: Json, page: number): Json[] => {
  const rows = shaped('list', 12, input) as Json[];
  return rows.slice(page * 3, page * 3 + 1 + ((hashOf(input) + page) % 3));
};
export const answerTo = (payload: Json): Json => ({
  to: digestOf(payload),
  list: [payload, 'answer'.repeat(hashOf(payload) % 30)],
});
export const hits = ({ of, is }: { of: number; is: number }, input: Json) => hashOf(input) % of === is;
export const incrementOf = (input: Json) => 1 + (hashOf(input) % 3);
export const entryOf = (work: Work, input: Json): Json => [work.name, digestOf(input), 'e'.repeat(hashOf(input) % 200)];
export const handledOf = (message: string, input: Json): Json => ({ handled: message, input });

interface Frame {
  readonly plan: FlowPlan;
  readonly state: Members;
}

/** @returns `undefined`: more than `mostRuns` chunks run */
export function modelOf(plan: FlowPlan, given: Json, mostRuns: number): Expected | undefined {
  const runs: string[] = [];
  const stream = new Set<string>();

  const record = (name: string, seen: Seen) => {
    runs.push(canonical([name, seen as Members]));
    if (runs.length > mostRuns) throw new TooManyRuns();
  };

  function signalled(frame: Frame, signal: string, value: Json): void {
    const chain = frame.plan.chains.find((each) => each.signal === signal);
    if (chain) follow(chain.steps, chain.on === 'or' ? { name: signal, value } : value, frame);
  }

  function act(work: Work, input: Json, frame: Frame): Json | undefined {
    const { state } = frame;
    let read: Json | undefined;
    for (const each of work.acts) {
      if (each.act === 'append') state.log = [...((state.log ?? []) as Json[]), entryOf(work, input)];
      if (each.act === 'increment') state.count = Number(state.count ?? 0) + incrementOf(input);
      if (each.act === 'stream') stream.add(canonical([work.name, input]));
      if (each.act === 'set') state.tree = { ...(state.tree as Members), [work.name]: input };
      if (each.act === 'read') read = structuredClone(state.tree ?? null);
      if (each.act === 'emit' || each.act === 'emitNowait') signalled(frame, each.signal, input);
      if (each.act === 'write') {
        state[each.signal] = input;
        signalled(frame, each.signal, input);
      }
      if (each.act === 'loop') signalled(frame, each.signal, { turns: each.turns, value: input });
      if (each.act === 'join') {
        const join = frame.plan.joins.find(({ left }) => left === each.left);
        if (join) follow(join.steps, { [each.left]: input, [each.right]: digestOf(input) }, frame);
      }
    }
    return read;
  }

  function work(each: Work, input: Json, frame: Frame): Json {
    const output = attempt(each, input, frame);
    const isHandled = each.handler !== undefined && breaks(each, input);
    if (!isHandled && frame.plan.chains.some(({ on, signal }) => on === 'chunk' && signal === each.name))
      signalled(frame, each.name, output);
    return output;
  }

  function attempt(each: Work, input: Json, frame: Frame): Json {
    record(each.name, { input });
    if (breaks(each, input)) {
      const message = messageOf(each, input);
      if (each.skips) throw new ItemFailure(NO_OUTPUT.message);
      if (each.handler === undefined) throw new ItemFailure(message);
      record(each.handler, { input: handledOf(message, input) });
      return handledOf(message, input);
    }
    const read = act(each, input, frame);
    if (each.turns !== undefined) {
      const { turns, value } = input as { turns: number; value: Json };
      if (turns > 0) signalled(frame, each.turns, { turns: turns - 1, value });
    }
    const output = outputOf(each, input, read);
    if (each.end === 'output' || each.end === 'approval') return output;
    if (each.end === 'sleep') return null;
    if (each.end === 'expiry') return output;
    if (each.end === 'answer') return answerTo(output);
    const answer = answerTo(output);
    record(each.name, { input, answer });
    return { answer, input: digestOf(input) };
  }

  const listed = (goal: Goal, outputs: Json[], indexes = outputs.map((_, index) => index)): Json =>
    goal === 'early' || goal === 'never' || goal === 'first'
      ? outputs.map((output, i) => ({ index: indexes[i] ?? 0, output }))
      : outputs;

  function each(step: Extract<Step, { kind: 'each' }>, value: Json, frame: Frame): Json {
    let items: Json[];
    const cut = (list: Json[]) => {
      const { batchSize } = step;
      if (batchSize === undefined) return list;
      const lists: Json[] = [];
      for (let i = 0; i < list.length; i += batchSize) lists.push(list.slice(i, i + batchSize));
      return lists;
    };
    if (step.pages) {
      items = [];
      for (let page = 0; page < step.pages.count; page += 1) {
        record(step.pages.work.name, page === 0 ? { input: value } : { input: value, from: page });
        act(step.pages.work, value, frame);
        items.push(...cut(pageOf(value, page)));
      }
    } else items = cut(Array.isArray(value) ? value : [value]);
    const outputs = items.slice(0, step.least).map((item): Json => {
      try {
        return follow(step.body, item, frame);
      } catch (error) {
        if (!(error instanceof ItemFailure) || !step.collects) throw error;
        const { message } = error;
        if (message === NO_OUTPUT.message) return { error: NO_OUTPUT };
        return { error: { name: 'FatalError', message } };
      }
    });
    return listed(step.goal, outputs);
  }

  function one(step: Step, value: Json, frame: Frame): Json {
    switch (step.kind) {
      case 'work': {
        const output = work(step.work, value, frame);
        return step.side ? value : output;
      }
      case 'each':
        return each(step, value, frame);
      case 'batch':
        return Object.fromEntries(step.works.map((each) => [each.name, work(each, value, frame)]));
      case 'match': {
        const indexes = step.cases.flatMap((each, index) => (hits(each, value) ? [index] : []));
        if (indexes.length === 0) return step.otherwise ? follow(step.otherwise, value, frame) : value;
        const bodies = step.mode === 'first' ? indexes.slice(0, 1) : indexes;
        const outputs = bodies.map((index) => follow(step.cases[index]?.body ?? [], value, frame));
        return step.mode === 'first' ? (outputs[0] as Json) : listed(step.goal, outputs, indexes);
      }
      case 'sub': {
        const { flow, gives } = step;
        const members = value as Members;
        const input = gives === 'part' ? members.value : gives === 'patch' ? members.list : value;
        const child: Frame = { plan: flow, state: gives === 'state' ? { seen: value } : {} };
        const result = runFlow(child, input as Json);
        if (gives === 'state') frame.state[`from${flow.name}`] = structuredClone(child.state.tree ?? null);
        return gives === 'patch' ? { ...members, got: result } : result;
      }
      case 'meet': {
        const left = follow(step.left, value, frame);
        return { left, right: follow(step.right, value, frame) };
      }
      case 'tap':
        return value;
    }
  }

  function follow(steps: readonly Step[], value: Json, frame: Frame): Json {
    return steps.reduce((now, step) => one(step, now, frame), value);
  }

  function runFlow(frame: Frame, input: Json): Json {
    const output = follow(frame.plan.steps, input, frame);
    if (frame.plan.result === 'end') return output;
    return structuredClone(frame.state);
  }

  const root: Frame = { plan, state: {} };
  try {
    const output = runFlow(root, given);
    for (const { signal, value, correlation } of plan.outside) {
      signalled(root, signal, value);
      const join = plan.joins.find(({ left }) => left === signal);
      const other = plan.outside.find((each) => each.signal === join?.right && each.correlation === correlation);
      if (join && other) follow(join.steps, { [signal]: value, [other.signal]: other.value }, root);
    }
    const state = { ...root.state, ...(plan.result === 'end' && { $final_result: output }) };
    return { runs: runs.sort(), stream: [...stream].sort(), state };
  } catch (error) {
    if (error instanceof TooManyRuns) return undefined;
    throw error;
  }
}

export function outputOf({ shape, size }: Work, input: Json, read: Json | undefined): Json {
  const output = shaped(shape, size, input);
  return read === undefined ? output : { read, output };
}
