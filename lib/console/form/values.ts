/** Reads the value of a form from the texts of its fields. */
import type { Field } from '../../forms/fields.ts';

/** By path of the field. A choice has the index of its value as text. */
export type Texts = Readonly<Record<string, string>>;

export interface Read {
  readonly value: unknown;
  /** By path. */
  readonly problems: Readonly<Record<string, string>>;
}

export function initialTexts(fields: readonly Field[]): Texts {
  const texts: Record<string, string> = {};
  for (const field of leaves(fields)) {
    const { path, initial, choices } = field;
    if (initial === undefined) continue;
    const index = choices?.findIndex(({ value }) => text(value) === initial);
    texts[path] = index === undefined ? initial : String(index);
  }
  return texts;
}

export function readForm(fields: readonly Field[], texts: Texts): Read {
  const problems: Record<string, string> = {};
  const [only] = fields;
  const value =
    only && fields.length === 1 && only.path === ''
      ? readField(only, texts, problems)
      : readGroup(fields, texts, problems);
  return { value: value === undefined ? null : value, problems };
}

/** A group that is not required and has no text in it is left out. */
function readGroup(fields: readonly Field[], texts: Texts, problems: Record<string, string>): unknown {
  const value: Record<string, unknown> = {};
  for (const field of fields) {
    const isLeftOut = field.kind === 'group' && !field.required && leaves([field]).every(({ path }) => !texts[path]);
    const read = isLeftOut ? undefined : readField(field, texts, problems);
    if (read === undefined) continue;
    Object.defineProperty(value, field.name, { value: read, enumerable: true });
  }
  return value;
}

function readField(field: Field, texts: Texts, problems: Record<string, string>): unknown {
  const { path, kind, required, isNullable } = field;
  if (field.fields) return readGroup(field.fields, texts, problems);
  const given = texts[path] ?? '';
  if (given.trim() === '' && !(kind === 'text' && given !== '')) {
    if (required) problems[path] = 'Needed.';
    return isNullable ? null : undefined;
  }
  switch (kind) {
    case 'choice':
      return field.choices?.[Number(given)]?.value;
    case 'number':
    case 'integer': {
      const number = Number(given);
      if (!Number.isFinite(number)) problems[path] = 'Must be a number.';
      else if (kind === 'integer' && !Number.isInteger(number)) problems[path] = 'Must be a whole number.';
      return number;
    }
    case 'json':
      try {
        return JSON.parse(given) as unknown;
      } catch {
        problems[path] = 'Must be JSON, such as {"a": 1} or "text".';
        return undefined;
      }
    case 'text':
    case 'group':
      return given;
  }
}

function leaves(fields: readonly Field[]): readonly Field[] {
  return fields.flatMap((field) => (field.fields ? leaves(field.fields) : [field]));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
