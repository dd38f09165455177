/** The graph of an execution as lines of text: a line for each box, with its state and where its value goes. */
import type { Box, Drawing } from '../../../lib/console/graph/drawing.ts';
import { inOrder } from '../../../lib/console/graph/order.ts';
import type { NodeLive, NodeState } from '../../../lib/console/live/node-state.ts';
import { ago, until } from '../../../lib/console/parts/times.ts';
import { bar } from '../show/bar.ts';
import { type Look, paint, type Tone } from '../show/look.ts';
import { line } from '../show/text.ts';

const SIGNS: Readonly<Record<NodeState, readonly [sign: string, tone: Tone | undefined]>> = {
  later: ['·', 'quiet'],
  running: ['▶', 'busy'],
  done: ['✓', 'good'],
  retrying: ['↻', 'warn'],
  waiting: ['?', 'warn'],
  failed: ['✗', 'bad'],
  sleeping: ['z', 'quiet'],
  skipped: ['-', 'quiet'],
  cancelled: ['x', 'quiet'],
};

/** Those that a reader wants to see are shown first where not all have room. */
const URGENCY: readonly NodeState[] = [
  'failed',
  'waiting',
  'retrying',
  'running',
  'sleeping',
  'cancelled',
  'done',
  'later',
];

export interface Row {
  readonly text: string;
  readonly state: NodeState;
}

export function graphRows(drawing: Drawing, states: ReadonlyMap<string, NodeLive>, look: Look): readonly Row[] {
  const boxes = inOrder(drawing);
  const names = boxes.map((box) => `${'  '.repeat(depthOf(box))}${nameOf(box)}`);
  const width = Math.min(40, Math.max(0, ...names.map((name) => name.length)));
  return boxes.map((box, i) => {
    const live = states.get(box.id) ?? { state: 'later' };
    const [sign, tone] = SIGNS[live.state];
    const name = (names[i] ?? '').padEnd(width);
    const isLater = live.state === 'later';
    const goals = goalsOf(box, drawing);
    const parts = [
      `${paint(look, tone, sign)} ${isLater ? paint(look, 'quiet', name) : name}`,
      paint(look, tone, (isLater ? '' : live.state).padEnd(9)),
      wordsOf(live, look),
      goals === '' ? '' : paint(look, 'quiet', goals),
    ];
    return {
      state: live.state,
      text: parts
        .filter((part) => part !== '')
        .join('  ')
        .trimEnd(),
    };
  });
}

/** As many rows as fit, those that matter most, in their order. */
export function fitting(rows: readonly Row[], room: number): readonly string[] {
  if (rows.length <= room) return rows.map(({ text }) => text);
  const urgent = rows.map((row, i) => ({ row, i })).toSorted((a, b) => rank(a.row) - rank(b.row));
  const kept = urgent.slice(0, Math.max(0, room - 1)).toSorted((a, b) => a.i - b.i);
  return [...kept.map(({ row }) => row.text), `… and ${rows.length - kept.length} more`];
}

function rank({ state }: Row): number {
  const at = URGENCY.indexOf(state);
  return at < 0 ? URGENCY.length : at;
}

function depthOf({ id }: Box): number {
  return id.split('|').length - 1;
}

function nameOf({ kind, name }: Box): string {
  switch (kind) {
    case 'source':
      return `on ${line(name)}`;
    case 'choice':
      return `${line(name)}?`;
    case 'list':
      return `each: ${line(name)}`;
    case 'chunk':
    case 'join':
    case 'gather':
    case 'frame':
    case 'small':
    case 'end':
      return line(name);
  }
}

function wordsOf({ text, in: at, since, times, counts, have }: NodeLive, look: Look): string {
  if (counts) return bar(counts, look);
  const parts = [
    times === undefined ? '' : `${times} times`,
    text === undefined ? '' : line(text, 80),
    at === undefined ? '' : until(Date.parse(at), look.now()),
    since === undefined ? '' : ago(Date.parse(since), look.now()),
    have === undefined
      ? ''
      : `has ${Object.keys(have)
          .map((name) => line(name))
          .join(', ')}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** `→ settle`, `yes → autoApprove, no → askManager`. */
function goalsOf({ id }: Box, { boxes, lines }: Drawing): string {
  const names = new Map(boxes.map((box) => [box.id, nameOf(box)]));
  const goals = lines
    .filter(({ from }) => from === id)
    .map(
      ({ to, label, kind }) =>
        `${[label, kind === 'side' ? 'aside' : ''].filter(Boolean).join(' ')} → ${names.get(to) ?? to}`,
    );
  return goals.map((goal) => goal.trim()).join(', ');
}
