/** The fields of a form, from a JSON schema. */
import type { Schema } from '../api/wire.ts';

export type FieldKind = 'text' | 'number' | 'integer' | 'choice' | 'json' | 'group';

export interface Choice {
  readonly label: string;
  readonly value: unknown;
}

export interface Field {
  /** Dotted path of the value; empty: the value as a whole. */
  readonly path: string;
  readonly label: string;
  readonly hint?: string;
  readonly required: boolean;
  readonly kind: FieldKind;
  readonly choices?: readonly Choice[];
  readonly fields?: readonly Field[];
  /** Text that stands in the field at first. */
  readonly initial?: string;
  /** Many lines. */
  readonly long?: boolean;
}

/** @param schema `null`, `true` or nothing: any JSON */
export function fieldsOf(schema: Schema | null | undefined, path = ''): readonly Field[] {
  const root = schema ?? {};
  const whole = fieldOf('', root, { path, required: schema !== null && schema !== undefined, root });
  return whole.fields ?? [whole];
}

interface Around {
  readonly path: string;
  readonly required: boolean;
  /** Holds the definitions that references name. */
  readonly root: Schema;
}

function fieldOf(name: string, given: Schema, { path, required, root }: Around): Field {
  const { schema, isNullable } = plain(given, root);
  const hint = text(schema.description);
  const initial = schema.default === undefined ? undefined : shown(schema.default);
  const field = {
    path,
    label: text(schema.title) ?? (name === '' ? 'Value' : words(name)),
    required: required && !isNullable && initial === undefined,
    ...(hint === undefined ? {} : { hint }),
    ...(initial === undefined ? {} : { initial }),
  };
  const choices = choicesOf(schema);
  if (choices) return { ...field, kind: 'choice', choices };
  const properties = objectOf(schema.properties);
  if (properties) {
    const needed = Array.isArray(schema.required) ? schema.required : [];
    const fields = Object.entries(properties).map(([key, part]) =>
      fieldOf(key, part, { path: path === '' ? key : `${path}.${key}`, required: needed.includes(key), root }),
    );
    return { ...field, kind: 'group', fields };
  }
  if (schema.type === 'string') {
    const most = typeof schema.maxLength === 'number' ? schema.maxLength : Number.POSITIVE_INFINITY;
    return { ...field, kind: 'text', long: /note|comment|text|body|message/i.test(name) && most > 200 };
  }
  if (schema.type === 'number' || schema.type === 'integer') return { ...field, kind: schema.type };
  return { ...field, kind: 'json', long: true };
}

/** Follows a reference, and takes `null` out of the alternatives. */
function plain(given: Schema, root: Schema): { readonly schema: Schema; readonly isNullable: boolean } {
  const found = typeof given.$ref === 'string' ? at(root, given.$ref) : given;
  const schema = found ?? {};
  const [alternatives] = [schema.anyOf, schema.oneOf].filter(Array.isArray) as Schema[][];
  if (alternatives) {
    const others = alternatives.filter((each) => each.type !== 'null');
    const isNullable = others.length < alternatives.length;
    const [only] = others;
    if (only && others.length === 1) return { schema: { ...only, ...described(schema) }, isNullable };
    if (others.every((each) => 'const' in each)) {
      return { schema: { ...described(schema), enum: others.map((each) => each.const) }, isNullable };
    }
  }
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((each) => each !== 'null');
    if (types.length === 1) {
      return { schema: { ...schema, type: types[0] }, isNullable: types.length < schema.type.length };
    }
  }
  return { schema, isNullable: false };
}

function described({ title, description }: Schema): Schema {
  return { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) };
}

function at(root: Schema, reference: string): Schema | undefined {
  const [hash, ...parts] = reference.split('/');
  if (hash !== '#') return undefined;
  return parts.reduce<Schema | undefined>((schema, part) => objectOf(schema)?.[part], root);
}

function choicesOf(schema: Schema): readonly Choice[] | undefined {
  if ('const' in schema) return [{ label: shown(schema.const), value: schema.const }];
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => ({ label: shown(value), value }));
  if (schema.type !== 'boolean') return undefined;
  return [
    { label: 'Yes', value: true },
    { label: 'No', value: false },
  ];
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `amountCents` as `Amount cents`. */
export function words(name: string): string {
  const spaced = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .trim()
    .toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function objectOf(value: unknown): Readonly<Record<string, Schema>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Schema>>)
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
