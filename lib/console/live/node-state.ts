/** The state of each box of a drawing, from the view and the history. */
import { boxOf, type Doing, type OpenJoin, type OpenList, type View } from '../api/history.ts';
import type { Box, Drawing, Line } from '../graph/drawing.ts';
import type { Counts } from '../parts/counts.ts';
import { length } from '../parts/times.ts';
import type { Activity } from './activity.ts';
import { groupBy } from './group.ts';

export type NodeState =
  | 'later'
  | 'running'
  | 'done'
  | 'retrying'
  | 'waiting'
  | 'failed'
  | 'sleeping'
  | 'skipped'
  | 'cancelled';

export interface NodeLive {
  readonly state: NodeState;
  /** Second line of the box. */
  readonly text?: string;
  /** A time that is counted down, or up from, in bold before the text. */
  readonly in?: string;
  readonly since?: string;
  /** Activations, if there are several. */
  readonly times?: number;
  readonly counts?: Counts;
  /** Slots of a join, by name: when each has come. */
  readonly have?: Readonly<Record<string, string | undefined>>;
  readonly isFull?: boolean;
}

export interface Seen {
  readonly view: View;
  readonly activity: Activity;
}

export function nodeStates(drawing: Drawing, seen: Seen): ReadonlyMap<string, NodeLive> {
  const found = new Map<string, NodeLive>();
  const doing = groupBy(seen.view.doing ?? [], boxOf);
  for (const box of drawing.boxes) {
    const live = ownState(box, seen, doing);
    if (live) found.set(box.id, live);
  }
  frames(drawing, found);
  passThrough(drawing, found, seen);
  rest(drawing, found, seen);
  return found;
}

function ownState(box: Box, seen: Seen, doing: ReadonlyMap<string, readonly Doing[]>): NodeLive | undefined {
  switch (box.kind) {
    case 'chunk':
      return chunkState(box.id, seen, doing.get(box.id) ?? []);
    case 'list':
      return listState(box, seen);
    case 'source':
      return sourceState(box, seen);
    case 'join':
    case 'gather':
      return joinState(box, seen);
    case 'choice':
    case 'small':
    case 'frame':
    case 'end':
      return undefined;
  }
}

/** The most urgent activation decides. */
const URGENCY: readonly (readonly [NodeState, readonly Doing['state'][]])[] = [
  ['failed', ['failed']],
  ['waiting', ['waiting']],
  ['retrying', ['retrying']],
  ['running', ['running', 'awaiting', 'ready', 'parked']],
  ['sleeping', ['sleeping']],
];

function chunkState(id: string, { view, activity }: Seen, doing: readonly Doing[]): NodeLive | undefined {
  const counted = activity.nodes[id];
  const total = Math.max(counted?.started ?? 0, doing.length);
  const times = total > 1 ? { times: total } : {};
  for (const [state, states] of URGENCY) {
    const found = doing.find((each) => states.includes(each.state));
    if (found) return { state, ...times, ...wordsOf(found, state) };
  }
  const failed = view.failed?.some((each) => each.chunk === id) ?? false;
  if (failed) return { state: 'failed', ...times, text: view.error?.message ?? 'failed' };
  if (!counted || counted.started + counted.succeeded + counted.failed === 0) return undefined;
  if (counted.succeeded > 0 || (counted.started > counted.failed && view.lifecycle !== 'closed')) {
    const isQuiet = counted.succeeded === 0;
    const took = counted.succeeded > 0 ? (counted.totalMs ?? 0) / counted.succeeded : 0;
    return { state: isQuiet ? 'running' : 'done', ...times, ...(isQuiet ? {} : { text: length(took) }) };
  }
  if (counted.failed > 0) return { state: 'failed', ...times, text: firstError(counted.errors) ?? 'the rest goes on' };
  return { state: view.status === 'cancelled' ? 'cancelled' : 'done', ...times };
}

function wordsOf(doing: Doing, state: NodeState): Omit<NodeLive, 'state'> {
  const tries = doing.maxAttempts === undefined ? `try ${doing.attempt}` : `${doing.attempt} of ${doing.maxAttempts}`;
  switch (state) {
    case 'failed':
      return { text: doing.error?.message ?? 'failed' };
    case 'retrying':
      return { ...(doing.nextAt === undefined ? {} : { in: doing.nextAt }), text: tries };
    case 'waiting':
      return { ...(doing.since === undefined ? {} : { since: doing.since }), text: 'asked' };
    case 'sleeping':
      return { ...(doing.until === undefined ? {} : { in: doing.until }), text: 'asleep' };
    default: {
      const since = doing.since === undefined ? {} : { since: doing.since };
      if (doing.state === 'parked') return { text: 'in the queue' };
      return { ...since, text: doing.attempt > 1 ? tries : 'running' };
    }
  }
}

function firstError(errors: Readonly<Record<string, number>> | undefined): string | undefined {
  return Object.keys(errors ?? {})[0];
}

function listState(box: Box, { view, activity }: Seen): NodeLive | undefined {
  const open = (view.lists ?? []).filter((each) => boxOf(each) === box.id);
  if (open.length > 0) {
    const counts = sum(open);
    const state = counts.running > 0 ? 'running' : urgent(counts);
    return { state, counts, ...(open.length > 1 ? { times: open.length } : {}) };
  }
  const ended = activity.ended[box.id] ?? countedList(box, activity);
  if (!ended) return undefined;
  // Failures that are collected end their items as done ones do.
  const prefix = box.id.slice(0, box.id.lastIndexOf('|') + 1);
  const collected = (box.inside ?? []).reduce((sum, id) => sum + (activity.nodes[prefix + id]?.failed ?? 0), 0);
  const failed = Math.min(ended.count, Math.max(ended.failed, collected));
  const counts = { done: ended.count - failed, failed, total: ended.count, ...NONE };
  return { state: 'done', counts };
}

/** A list whose end is not among the records that were read: its steps are counted by the summary. */
function countedList({ id, inside = [] }: Box, { nodes }: Activity): { count: number; failed: number } | undefined {
  const prefix = id.slice(0, id.lastIndexOf('|') + 1);
  const started = nodes[prefix + (inside[0] ?? '')]?.started ?? 0;
  return started === 0 ? undefined : { count: started, failed: 0 };
}

const NONE = { running: 0, retrying: 0, waiting: 0 };

function sum(lists: readonly OpenList[]): Counts {
  const add = (key: keyof Counts) => lists.reduce((total, list) => total + list[key], 0);
  return {
    done: add('done'),
    running: add('running'),
    retrying: add('retrying'),
    waiting: add('waiting'),
    failed: add('failed'),
    total: add('total'),
  };
}

function urgent({ waiting, retrying, failed }: Counts): NodeState {
  if (waiting > 0) return 'waiting';
  if (retrying > 0) return 'retrying';
  return failed > 0 ? 'failed' : 'running';
}

function sourceState({ name, note }: Box, { activity }: Seen): NodeLive | undefined {
  const at = activity.signals[name];
  return at === undefined ? undefined : { state: 'done', text: note ?? 'signal', since: at };
}

function joinState(box: Box, { view, activity }: Seen): NodeLive | undefined {
  const open = (view.joins ?? []).filter((each) => boxOf(each) === box.id);
  const fullest = open.reduce<OpenJoin | undefined>(
    (best, each) => (best && best.have.length >= each.have.length ? best : each),
    undefined,
  );
  if (fullest) {
    const have = Object.fromEntries(fullest.have.map(({ name, at }) => [name, at ?? '']));
    return { state: 'later', have, ...(open.length > 1 ? { times: open.length } : {}) };
  }
  if (!activity.joined.has(box.id) && !activity.ended[box.id]) return undefined;
  return { state: 'done', isFull: true };
}

/** Choices, taps and joins without records of their own are done where what follows them has begun. */
function passThrough({ boxes, lines }: Drawing, found: Map<string, NodeLive>, { view }: Seen): void {
  const silent = boxes.filter(
    ({ kind }) => kind === 'choice' || kind === 'small' || kind === 'gather' || kind === 'join' || kind === 'end',
  );
  for (let changed = true; changed; ) {
    changed = false;
    for (const { id, kind } of silent) {
      if (found.has(id)) continue;
      const after = lines.some(({ from, to }) => from === id && found.has(to));
      const before = lines.some(({ from, to }) => to === id && found.get(from)?.state === 'done');
      const ended = view.lifecycle === 'closed' && view.status === 'completed';
      const isJoin = kind === 'gather' || kind === 'join';
      if (!after && !(before && ended && !isJoin)) continue;
      found.set(id, { state: 'done', ...(isJoin ? { isFull: true } : {}) });
      changed = true;
    }
  }
}

const ORDER: readonly NodeState[] = ['failed', 'waiting', 'retrying', 'running', 'sleeping', 'cancelled', 'done'];

/** A sub-flow shows the most urgent state inside it. */
function frames({ boxes }: Drawing, found: Map<string, NodeLive>): void {
  for (const frame of boxes.filter(({ kind }) => kind === 'frame').reverse()) {
    const inside = boxes.filter(({ parent }) => parent === frame.id).map(({ id }) => found.get(id)?.state);
    const state = ORDER.find((each) => inside.includes(each));
    if (state) found.set(frame.id, { state });
  }
}

/** Boxes without any activity: skipped where every way to them was not taken, else to come. */
function rest({ boxes, lines }: Drawing, found: Map<string, NodeLive>, { view }: Seen): void {
  const closed = view.lifecycle === 'closed';
  const into = groupBy(lines, ({ to }) => to);
  const choices = new Set(boxes.filter(({ kind }) => kind === 'choice').map(({ id }) => id));
  const isUntaken = ({ from, kind }: Line): boolean => {
    const state = found.get(from)?.state;
    return state === 'skipped' || (kind === 'error' && state === 'done') || (choices.has(from) && state === 'done');
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const { id } of boxes) {
      if (found.has(id)) continue;
      const ways = into.get(id) ?? [];
      if (!closed && (ways.length === 0 || !ways.every(isUntaken))) continue;
      found.set(id, { state: 'skipped', text: 'not this time' });
      changed = true;
    }
  }
  for (const { id } of boxes) if (!found.has(id)) found.set(id, { state: 'later' });
}
