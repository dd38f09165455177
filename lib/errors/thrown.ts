/**
 * Reads any thrown value: errors of any realm, plain objects, primitives. Getters of user code may throw, so every read
 * here is guarded. All texts are bounded.
 */

/** A thrown value as short texts. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** Nested errors, outermost first: `cause` chains and errors of an `AggregateError`. Absent: none. */
  readonly causes?: readonly string[];
}

/** Limits in characters. */
const NAME_LENGTH = 128;
const MESSAGE_LENGTH = 2_000;
const CAUSE_LENGTH = 500;
/** Limit of causes, over all levels. */
const CAUSES = 8;
/**
 * Schema errors are not listed as causes: the message of the FlowError around them names the path that does not fit.
 */
const IN_MESSAGE = /^\$?ZodError$/;
/** Limits of the preview: members per object, and levels. */
const SHOWN = 10;
const LEVELS = 3;

/** Cuts a text to `length` characters. @param mark replaces the end of a text that was cut */
export function clip(text: string, length: number, mark = ''): string {
  return text.length <= length ? text.toWellFormed() : `${text.slice(0, length - mark.length).toWellFormed()}${mark}`;
}

/** Reads a member of an object; `undefined` if it is absent or reading it throws. */
export function member(thrown: unknown, key: PropertyKey): unknown {
  if (thrown === null || (typeof thrown !== 'object' && typeof thrown !== 'function')) return undefined;
  try {
    return (thrown as Readonly<Record<PropertyKey, unknown>>)[key];
  } catch {
    return undefined;
  }
}

export function readThrown(thrown: unknown): Thrown {
  const code = codeOf(thrown);
  const causes = causesOf(thrown).slice(0, CAUSES);
  return {
    name: nameOf(thrown) ?? 'Error',
    message: clip(messageOf(thrown) ?? `a chunk threw ${preview(thrown)}, not an Error`, MESSAGE_LENGTH),
    ...(code === undefined ? {} : { code }),
    ...(causes.length > 0 ? { causes } : {}),
  };
}

/** The `name` of an error object; `undefined` if it has none. */
export function nameOf(thrown: unknown): string | undefined {
  const name = member(thrown, 'name');
  const isNamed = typeof thrown === 'object' && typeof name === 'string' && name !== '';
  return isNamed ? clip(name, NAME_LENGTH) : undefined;
}

function messageOf(thrown: unknown): string | undefined {
  const message = member(thrown, 'message');
  if (typeof thrown !== 'object' || message === undefined) return undefined;
  return typeof message === 'string' ? message : preview(message);
}

function codeOf(thrown: unknown): string | undefined {
  const code = member(thrown, 'code');
  if (typeof code === 'number') return String(code);
  return typeof code === 'string' && code !== '' ? clip(code, NAME_LENGTH) : undefined;
}

/** The limit of levels ends a cycle of causes. */
function causesOf(thrown: unknown, level = 0): readonly string[] {
  if (level === CAUSES) return [];
  const below = (cause: unknown): readonly string[] => [causeText(cause), ...causesOf(cause, level + 1)];
  const found: string[] = [];
  for (const cause of directCauses(thrown)) {
    if (found.length >= CAUSES) break;
    found.push(...below(cause));
  }
  return found;
}

function directCauses(thrown: unknown): readonly unknown[] {
  // Causes of an error that `readThrown` has read before.
  const known = list(member(thrown, 'causes')).filter((cause) => typeof cause === 'string');
  const suppressed =
    nameOf(thrown) === 'SuppressedError' ? [member(thrown, 'error'), member(thrown, 'suppressed')] : [];
  const all = [...known, ...list(member(thrown, 'errors')), ...suppressed, member(thrown, 'cause')];
  return all.filter((cause) => cause !== undefined && cause !== null && !IN_MESSAGE.test(nameOf(cause) ?? ''));
}

function causeText(cause: unknown): string {
  if (typeof cause === 'string') return clip(cause, CAUSE_LENGTH);
  const [name, message] = [nameOf(cause), messageOf(cause)];
  const said = message === undefined ? preview(cause) : message;
  return clip(name === undefined ? said : `${name}: ${said}`, CAUSE_LENGTH);
}

function list(value: unknown): readonly unknown[] {
  try {
    return Array.isArray(value) ? Array.from(value.slice(0, CAUSES)) : [];
  } catch {
    return [];
  }
}

/** A short text for any value. */
function preview(value: unknown, level = 0): string {
  if (typeof value === 'string') return JSON.stringify(clip(value, CAUSE_LENGTH));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (level === LEVELS) return '…';
  try {
    if (Array.isArray(value)) return `[${value.slice(0, SHOWN).map((item) => preview(item, level + 1))}]`;
    const members = Object.keys(value)
      .slice(0, SHOWN)
      .map((key) => `${clip(key, NAME_LENGTH)}: ${preview(member(value, key), level + 1)}`);
    const name = className(value);
    return `${name === undefined || name === 'Object' ? '' : `${name} `}{ ${members.join(', ')} }`;
  } catch {
    return 'an object';
  }
}

/** The class name of an object; `undefined` if it has none. */
export function className(value: unknown): string | undefined {
  const name = member(member(value, 'constructor'), 'name');
  return typeof name === 'string' ? clip(name, NAME_LENGTH) : undefined;
}
