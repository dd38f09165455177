/** Where an error was made, as V8 knows it. The text of a stack is never read: messages may hold lines that look like frames. */

import { member } from './thrown.ts';

/** Frames and characters of each that are kept. */
const FRAMES = 8;
const FILE_LENGTH = 300;
/** Dotted identifiers, as functions and methods have them. */
const FUNCTION = /^[\w$.<>]{1,100}$/;
/** Absolute paths, `file:` URLs and modules of Node. */
const FILE = /^(?:file:\/\/|node:|[\\/]|[A-Za-z]:[\\/])[^\s()]+$/;

/**
 * The frames that V8 holds for an error whose stack was not read before. None for a stack that was set by hand or read already:
 * frames can no longer be told from text then.
 */
export function framesOf(error: unknown): readonly string[] {
  const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const former: unknown = before?.value;
  let frames: readonly string[] = [];
  const prepare = (of: Error, sites: NodeJS.CallSite[]): unknown => {
    if (of === error) frames = sites.slice(0, FRAMES).flatMap(frameText);
    return typeof former === 'function' ? former(of, sites) : [String(of), ...sites].join('\n    at ');
  };
  try {
    Object.defineProperty(Error, 'prepareStackTrace', { value: prepare, configurable: true, writable: true });
    // Reading it makes V8 call the hook, the first time.
    member(error, 'stack');
  } catch {
    // The hook may be frozen.
  } finally {
    restore(before);
  }
  return frames;
}

function restore(before: PropertyDescriptor | undefined): void {
  if (before) Reflect.defineProperty(Error, 'prepareStackTrace', before);
  else Reflect.deleteProperty(Error, 'prepareStackTrace');
}

function frameText(site: NodeJS.CallSite): string[] {
  const [file, line, column] = [site.getFileName() ?? '', site.getLineNumber(), site.getColumnNumber()];
  if (!FILE.test(file) || file.length > FILE_LENGTH || line === null || column === null) return [];
  const name = site.getFunctionName() ?? '';
  const place = `${file}:${line}:${column}`;
  return [FUNCTION.test(name) ? `at ${name} (${place})` : `at ${place}`];
}
