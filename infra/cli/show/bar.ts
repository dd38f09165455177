/** Bars that show how far something is. */
import type { Counts } from '../../../lib/console/parts/counts.ts';
import { type Look, paint } from './look.ts';

const WIDTH = 20;

/** `[##########..........] 50 of 100 done, 3 failed, 4 running`. */
export function bar(counts: Counts, look: Pick<Look, 'hasColour'>): string {
  const { done, failed, total } = counts;
  const share = (count: number) => (total === 0 ? 0 : Math.floor((WIDTH * count) / total));
  // A few failures among thousands still show.
  const bad = failed > 0 ? Math.max(1, share(failed)) : 0;
  const good = Math.min(share(done), WIDTH - bad);
  const rest = '.'.repeat(WIDTH - good - bad);
  const filled =
    paint(look, 'good', '#'.repeat(good)) + paint(look, 'bad', 'x'.repeat(bad)) + paint(look, 'quiet', rest);
  return `[${filled}] ${progressText(counts)}`;
}

export function progressText({ done, total, ...others }: Counts): string {
  const named = (['failed', 'running', 'retrying', 'waiting'] as const).flatMap((name) =>
    others[name] > 0 ? [`${number(others[name])} ${name}`] : [],
  );
  return [`${number(done)} of ${number(total)} done`, ...named].join(', ');
}

/** `10,000`. */
export function number(count: number): string {
  return count.toLocaleString('en-US');
}

/** A line on a terminal's standard error that says what the command waits for. It leaves no trace. */
export interface Progress {
  say(text: string): void;
  end(): void;
}

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { say: () => undefined, end: () => undefined };
  const clear = '\r\u001b[2K';
  return {
    say: (text) => void stream.write(`${clear}${text.slice(0, Math.max(1, (stream.columns ?? 80) - 1))}`),
    end: () => void stream.write(clear),
  };
}
