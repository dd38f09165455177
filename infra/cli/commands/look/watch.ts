/** Shows an execution while it runs: its graph drawn in place on a terminal, else a line for each record. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceCommand } from '../../row.ts';
import { progressText } from '../../show/bar.ts';
import { type Look, paint, toneOf } from '../../show/look.ts';
import { line, since } from '../../show/text.ts';
import { fitting, graphRows } from '../../watch/graph.ts';
import { createReader, type Seen } from '../../watch/reader.ts';
import { openScreen } from '../../watch/screen.ts';
import { textOf } from './history.ts';

/** Milliseconds between looks: while it runs, and while nothing but an answer can move it. */
const PAUSE = { running: 700, other: 2_000 } as const;

export const watch: ServiceCommand = {
  kind: 'service',
  async *ask(api, given, look) {
    const reader = createReader(api, given.text('execution'));
    const isLive = process.stdout.isTTY === true && !look.isJson;
    if (isLive) {
      const { view, isFailed } = await drawUntilEnd(reader, look);
      yield { data: [view], text: '', ...(isFailed ? { isFailed } : {}) };
      return;
    }
    const before = new Map<string, string>();
    for (;;) {
      const seen = await reader.look();
      const lists = listLines(seen, before);
      const text = seen.news.map((item) => textOf(item, look)).join('') + lists.map((each) => `${each}\n`).join('');
      yield { data: seen.news, text, isFailed: isOver(seen) && isBad(seen), isOpen: !isOver(seen) };
      if (isOver(seen)) return;
      await sleep(pauseOf(seen));
    }
  },
};

async function drawUntilEnd(reader: { look(): Promise<Seen> }, look: Look) {
  const screen = openScreen(process.stdout);
  const stop = () => {
    screen.end();
    process.exit(130);
  };
  process.once('SIGINT', stop);
  try {
    for (;;) {
      const seen = await reader.look();
      screen.draw(frameOf(seen, look, screen.rows));
      if (isOver(seen)) return { view: seen.view, isFailed: isBad(seen) };
      await sleep(pauseOf(seen));
    }
  } finally {
    process.off('SIGINT', stop);
    screen.end();
  }
}

/** A frame has a heading, the graph, and why the execution failed or what it waits for. */
export function frameOf({ view, drawing, states }: Seen, look: Look, rows: number): readonly string[] {
  const { executionId, flow, status, createdAt, interrupts, error } = view;
  const heading = [
    paint(look, 'strong', line(executionId)),
    line(flow),
    paint(look, toneOf(status), status),
    `started ${since(createdAt, look)}`,
  ].join('  ');
  const foot = [
    ...interrupts.slice(0, 3).map(({ interruptId, type }) => `waits for ${line(interruptId)} (${line(type)})`),
    ...(interrupts.length > 3 ? [`and for ${interrupts.length - 3} more`] : []),
    ...(error ? [`failed: ${line(error.message ?? error.name)}`] : []),
  ];
  const room = Math.max(3, rows - foot.length - 4);
  return [heading, '', ...fitting(graphRows(drawing, states, look), room), ...(foot.length > 0 ? ['', ...foot] : [])];
}

/** Lists whose counts have changed. */
function listLines({ drawing, states }: Seen, before: Map<string, string>): readonly string[] {
  return drawing.boxes.flatMap(({ id, name }) => {
    const counts = states.get(id)?.counts;
    const text = counts ? `${line(name)}: ${progressText(counts)}` : undefined;
    if (text === undefined || before.get(id) === text) return [];
    before.set(id, text);
    return [text];
  });
}

function isOver({ view }: Seen): boolean {
  return view.lifecycle === 'closed' || view.status === 'failed';
}

function isBad({ view }: Seen): boolean {
  return view.status === 'failed' || view.status === 'cancelled';
}

function pauseOf({ view }: Seen): number {
  return view.status === 'running' ? PAUSE.running : PAUSE.other;
}
