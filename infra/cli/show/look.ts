/** How text is shown: with or without colours, and what time it is. */
import { styleText } from 'node:util';

export interface Look {
  readonly isJson: boolean;
  readonly hasColour: boolean;
  /** Columns of the terminal; `undefined`: the output is no terminal, and lines are not cut. */
  readonly width: number | undefined;
  now(): number;
}

/** Colours that people with any eyesight tell apart by the word beside them. */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'quiet' | 'strong';

const STYLES = {
  good: 'green',
  bad: 'red',
  warn: 'yellow',
  busy: 'cyan',
  quiet: 'dim',
  strong: 'bold',
} as const;

export function paint({ hasColour }: Pick<Look, 'hasColour'>, tone: Tone | undefined, text: string): string {
  return hasColour && tone ? styleText(STYLES[tone], text, { validateStream: false } as object) : text;
}

/** Looks of a stream, by the usual environment variables. */
export function lookOf(isJson: boolean, stream: NodeJS.WriteStream = process.stdout): Look {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const wants = FORCE_COLOR ? FORCE_COLOR !== '0' : stream.isTTY === true && TERM !== 'dumb';
  return {
    isJson,
    hasColour: !NO_COLOR && wants,
    width: stream.isTTY ? stream.columns || 80 : undefined,
    now: () => Date.now(),
  };
}

/** The tone of a status or state. */
export function toneOf(state: string): Tone | undefined {
  return Object.hasOwn(TONES, state) ? TONES[state] : undefined;
}

const TONES: Readonly<Record<string, Tone>> = {
  completed: 'good',
  done: 'good',
  failed: 'bad',
  cancelled: 'quiet',
  running: 'busy',
  waiting: 'warn',
  retrying: 'warn',
  blocked: 'bad',
  paused: 'warn',
  idle: 'quiet',
  created: 'quiet',
  sleeping: 'quiet',
  skipped: 'quiet',
  later: 'quiet',
};
