/**
 * Stack frames of an error, taken from V8. The stack's text is not parsed, because a message may contain lines that
 * look like frames.
 */

import { member } from './thrown.ts';

/** Limits: frames per error, characters per file name. */
const FRAMES = 8;
const FILE_LENGTH = 300;
/** Dotted identifiers: names of functions and methods. */
const FUNCTION = /^[\w$.<>]{1,100}$/;
/** Absolute paths, `file:` URLs and Node modules. */
const FILE = /^(?:file:\/\/|node:|[\\/]|[A-Za-z]:[\\/])[^\s()]+$/;

/** The frames of an error whose stack is unread. A stack that was read or replaced is plain text and yields none. */
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
    // The first read makes V8 call the hook.
    member(error, 'stack');
  } catch {
    // `Error.prepareStackTrace` may be frozen.
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
