/** Reads Markdown as far as the tests of the documents need it: fences, links, anchors, tables. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../infra/roots.ts';

export interface Fence {
  /** `README.md:12`, for messages. */
  readonly place: string;
  readonly language: string;
  /** The module that it becomes, from `file=NAME`. */
  readonly file: string | undefined;
  /** Why it is not run, from `not-run="…"`. */
  readonly notRun: string | undefined;
  /** The other words of the info string. */
  readonly words: readonly string[];
  readonly code: string;
}

const SKIPPED = /^(node_modules|\..*|dist|reports)$/;

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Every Markdown file of the repository, but generated ones and those of hidden folders other than `.github`. */
export function markdownFiles(folder = '.'): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED.test(entry.name) && path !== '.github' ? [] : markdownFiles(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

export function fencesOf(path: string): Fence[] {
  const text = read(path);
  return Array.from(text.matchAll(/^( *)```(\S+) *(.*)\n([\s\S]*?)^ *```$/gm), (match) => {
    const [, indent = '', language = '', info = '', body = ''] = match;
    const notRun = /not-run="([^"]+)"/.exec(info)?.[1];
    const file = /file=(\S+)/.exec(info)?.[1];
    const words = info.replace(/not-run="[^"]+"|file=\S+/g, '').split(' ');
    const line = text.slice(0, match.index).split('\n').length;
    return {
      place: `${path}:${line}`,
      ...{ language, file, notRun },
      words: words.filter((word) => word !== ''),
      code: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    };
  });
}

/** Text without fences, so that code is not taken for prose. */
export function proseOf(path: string): string {
  return read(path).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
}

/** The anchors of the headings, as GitHub makes them. */
export function anchorsOf(path: string): string[] {
  const seen = new Map<string, number>();
  return Array.from(proseOf(path).matchAll(/^#{1,6} +(.+)$/gm), ([, heading = '']) => {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

/** Targets of links and images. */
export function linksOf(path: string): string[] {
  const text = proseOf(path).replaceAll(/`[^`\n]*`/g, '');
  return Array.from(text.matchAll(/\]\(([^()\s]+)\)/g), ([, target = '']) => target);
}

/** The rows of the tables under a heading, without the head; cells as they are written. */
export function tableOf(path: string, heading: string): string[][] {
  const [, section = ''] = read(path).split(new RegExp(`^#+ ${heading}$`, 'm'));
  const [own = ''] = section.split(/^#/m);
  return own
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
    .filter((_, i) => i > 1);
}

/** What stands in backticks in the first cell. */
export function namesIn(rows: readonly (readonly string[])[]): string[] {
  return rows.map(([cell = '']) => /`([^`]+)`/.exec(cell)?.[1] ?? cell);
}
