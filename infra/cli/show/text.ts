/** Texts for the terminal: tables, values, times. Values of executions cannot control the terminal. */
import { ago } from '../../../lib/console/parts/times.ts';
import { type Look, paint, type Tone } from './look.ts';

/** Everything that moves the cursor or starts an escape sequence, apart from line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Removes control characters; a value may come from anybody. */
export function safe(text: string): string {
  return text.replaceAll(CONTROL, '');
}

/** One line of text. */
export function line(text: string, most = 200): string {
  const short = safe(text.replaceAll(/\s+/g, ' ')).trim();
  return short.length > most ? `${short.slice(0, most - 1)}…` : short;
}

/** JSON on one line where it is short, else over several. */
export function json(value: unknown, indent = 0): string {
  const short = JSON.stringify(value) ?? 'null';
  if (short.length <= 80) return safe(short);
  return safe(JSON.stringify(value, undefined, 2)).replaceAll('\n', `\n${' '.repeat(indent)}`);
}

export interface Cell {
  readonly text: string;
  readonly tone?: Tone | undefined;
}

/** A table with a heading; on a terminal the last column is cut at its edge. */
export function table(headings: readonly string[], rows: readonly (readonly (Cell | string)[])[], look: Look): string {
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === 'string' ? { text: line(cell) } : { ...cell, text: line(cell.text) })),
  );
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...cells.map((row) => (row[i]?.text ?? '').length)),
  );
  const print = (row: readonly Cell[]) => {
    let room = look.width ?? Infinity;
    const parts = row.map(({ text, tone }, i) => {
      const isLast = i === row.length - 1;
      const fitting = text.length > room && room > 1 ? `${text.slice(0, room - 1)}…` : text;
      const padding = isLast ? '' : ' '.repeat(Math.max(0, (widths[i] ?? 0) - text.length) + 2);
      room -= fitting.length + padding.length;
      return paint(look, tone, fitting) + padding;
    });
    return `${parts.join('').trimEnd()}\n`;
  };
  return [headings.map((text): Cell => ({ text, tone: 'quiet' })), ...cells].map(print).join('');
}

/** Names and values below each other. Rows without a value are left out. */
export function list(rows: readonly (readonly [name: string, value: string | undefined])[], look: Look): string {
  const shown = rows.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value] as const]));
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown
    .map(([name, value]) => {
      const indent = ' '.repeat(width + 2);
      return `${paint(look, 'quiet', name.padEnd(width))}  ${value.replaceAll('\n', `\n${indent}`)}\n`;
    })
    .join('');
}

/** `12 min ago`. */
export function since(time: string, look: Look): string {
  return ago(Date.parse(time), look.now());
}

/** `12 min ago (2026-03-04T10:11:12.000Z)`. */
export function when(time: string | undefined, look: Look): string | undefined {
  return time === undefined ? undefined : `${since(time, look)} (${time})`;
}

export function many(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
