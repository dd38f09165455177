/** The arguments and options of one call of a command, read by name. */
import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { UsageError } from './usage.ts';

type Value = string | boolean | readonly string[] | undefined;

export interface Given {
  /** @throws UsageError when it is absent or empty */
  text(name: string): string;
  maybe(name: string): string | undefined;
  flag(name: string): boolean;
  many(name: string): readonly string[];
  /** @throws UsageError when it is no whole number in the range */
  number(name: string, least: number, most: number): number | undefined;
  /** JSON, `@file` or `-` for standard input. @throws UsageError */
  json(name: string): Promise<unknown>;
}

/** @param readsFiles false: JSON must be given itself, because the caller is not on this machine's terminal */
export function createGiven(values: Readonly<Record<string, Value>>, readsFiles = true): Given {
  const maybe = (name: string) => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    maybe,
    text(name) {
      const value = maybe(name);
      if (value === undefined || value === '') throw new UsageError(`The ${name} is empty. Give one.`);
      return value;
    },
    flag: (name) => values[name] === true,
    many(name) {
      const value = values[name];
      return Array.isArray(value) ? value : [];
    },
    number(name, least, most) {
      const value = maybe(name);
      if (value === undefined) return undefined;
      if (/^\d{1,15}$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value);
      throw new UsageError(`--${name} is "${value}"; it must be a whole number from ${least} to ${most}.`);
    },
    async json(name) {
      const value = maybe(name);
      return value === undefined ? undefined : parseJson(name, readsFiles ? await contentOf(name, value) : value);
    },
  };
}

async function contentOf(name: string, value: string): Promise<string> {
  if (value === '-') return textOf(process.stdin);
  if (!value.startsWith('@')) return value;
  try {
    return await readFile(value.slice(1), 'utf8');
  } catch (error) {
    throw new UsageError(`--${name}: the file ${value.slice(1)} cannot be read: ${(error as Error).message}`);
  }
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = (error as Error).message.replaceAll(/\s+/g, ' ').replace(/\.$/, '');
    if (text.trim() === '') throw new UsageError(`--${name} is empty. Give JSON.`);
    const shown = (text.length > 60 ? `${text.slice(0, 60)}…` : text).replaceAll(/\s+/g, ' ');
    const hint = /^\s*[[{"]/.test(text) ? '' : ` A text needs quotes of its own: '"text"'.`;
    throw new UsageError(`--${name} is no JSON (${why}): ${shown}.${hint}`);
  }
}
