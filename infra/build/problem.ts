/** Formats build errors for the developer of the app: place in the sources and message. */
import { relative } from 'node:path';
import type { Metafile } from 'esbuild';
import { managerOf } from '../init/manager.ts';
import { sourceOf } from '../local/console/sources.ts';

/** The shown part of esbuild's errors. */
interface Finding {
  readonly text: string;
  readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
}

/** One line for each error of the bundler; the message of any other error. */
export function buildProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return isBundlers(error) ? findingsText(error.errors) : error.message;
}

/** The error that the app has thrown, as `file:line:column: message` if the place is known. */
export function placed(error: unknown): string {
  const place = sourceOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return place === undefined ? message : `${place}: ${message}`;
}

/** For the error of a missing package: its name, and the source file that imports it. */
export function packageProblem(error: unknown, { inputs }: Metafile): string | undefined {
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  const [, name] = (code === 'ERR_MODULE_NOT_FOUND' && /^Cannot find package '([^']+)'/.exec(message ?? '')) || [];
  if (name === undefined) return undefined;
  const isIt = (path: string) => path === name || path.startsWith(`${name}/`);
  const by = Object.entries(inputs).filter(([, { imports }]) => imports.some(({ path }) => isIt(path)));
  const sources = by.map(([file]) => file).join(', ') || 'The app';
  return `${sources}: the package ${name} is not installed. Run: ${managerOf() === 'pnpm' ? 'pnpm add' : 'npm install'} ${name}`;
}

export function findingsText(findings: readonly Finding[]): string {
  return findings.map(findingText).join('\n');
}

function findingText({ text, location }: Finding): string {
  if (!location) return text;
  // Editors count columns from 1.
  return `${relative('.', location.file)}:${location.line}:${location.column + 1}: ${text}`;
}

function isBundlers(error: Error): error is Error & { readonly errors: readonly Finding[] } {
  return 'errors' in error && Array.isArray(error.errors) && 'warnings' in error;
}
