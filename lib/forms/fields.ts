/** The fields of a form, from a JSON schema: for the console, and for the page of a link. */
import { words } from './words.ts';

export type Schema = Readonly<Record<string, unknown>>;

export type FieldKind = 'text' | 'number' | 'integer' | 'choice' | 'json' | 'group';

export interface Choice {
  readonly label: string;
  readonly value: unknown;
}

export interface Field {
  /** Name of the member; empty: the value as a whole. */
  readonly name: string;
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
  /** Of a text: what the keyboard and the browser should expect. */
  readonly format?: 'date' | 'email' | 'url';
  readonly limits?: Limits;
  /** An empty field means `null`. Without it, an empty field is left out. */
  readonly isNullable?: true;
}

/** Length of a text, or size of a number, inclusive. */
export interface Limits {
  readonly least?: number;
  readonly most?: number;
}

/** @param schema `null`, `true` or nothing: any JSON */
export function fieldsOf(schema: Schema | null | undefined, path = ''): readonly Field[] {
  const whole = wholeField(schema, path);
  return whole.fields ?? [whole];
}

/** The field of the value as a whole. An object with known members has `fields`. */
export function wholeField(schema: Schema | null | undefined, path = ''): Field {
  const root = schema ?? {};
  return fieldOf('', root, { path, required: schema !== null && schema !== undefined, root });
}

interface Around {
  readonly path: string;
  readonly required: boolean;
  /** Holds the definitions that references name. */
  readonly root: Schema;
  readonly depth?: number;
}

/** Groups in groups that get fields of their own. A schema may refer to itself. */
const DEEPEST = 4;

function fieldOf(name: string, given: Schema, { path, required, root, depth = 0 }: Around): Field {
  const { schema, isNullable } = plain(given, root);
  const hint = text(schema.description);
  const initial = schema.default === undefined ? undefined : shown(schema.default);
  const field = {
    name,
    path,
    label: text(schema.title) ?? (name === '' ? 'Value' : words(name)),
    required: required && !isNullable && initial === undefined,
    ...(hint === undefined ? {} : { hint }),
    ...(initial === undefined ? {} : { initial }),
    ...(isNullable && required && initial === undefined ? { isNullable: true as const } : {}),
  };
  const choices = choicesOf(schema);
  if (choices) return { ...field, kind: 'choice', choices };
  const properties = objectOf(schema.properties);
  if (properties && depth < DEEPEST) {
    const needed = Array.isArray(schema.required) ? schema.required : [];
    const fields = Object.entries(properties).map(([key, part]) => {
      const inner = path === '' ? key : `${path}.${key}`;
      return fieldOf(key, part, { path: inner, required: needed.includes(key), root, depth: depth + 1 });
    });
    return { ...field, kind: 'group', fields };
  }
  if (schema.type === 'string') return { ...field, kind: 'text', ...textOf(name, schema) };
  if (schema.type === 'number' || schema.type === 'integer') {
    return { ...field, kind: schema.type, ...limitsOf(schema.minimum, schema.maximum) };
  }
  const asJson = initial === undefined ? {} : { initial: JSON.stringify(schema.default) };
  return { ...field, kind: 'json', long: true, ...asJson };
}

/** Names of texts that people write in sentences. */
const PROSE = /note|comment|text|body|message|reason|why|explanation|feedback|description|summary/i;
const FORMATS: Readonly<Record<string, 'date' | 'email' | 'url'>> = { date: 'date', email: 'email', uri: 'url' };
/** Longest text of one line. */
const LINE = 200;

function textOf(name: string, { minLength, maxLength, format }: Schema): Partial<Field> {
  const known = typeof format === 'string' && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  const isLong = typeof maxLength === 'number' ? maxLength > LINE : PROSE.test(name);
  return {
    ...limitsOf(minLength, maxLength),
    ...(known === undefined ? {} : { format: known }),
    ...(isLong && format === undefined ? { long: true } : {}),
  };
}

function limitsOf(least: unknown, most: unknown): Pick<Field, 'limits'> {
  const limits = { ...(isUseful(least) ? { least } : {}), ...(isUseful(most) ? { most } : {}) };
  return Object.keys(limits).length === 0 ? {} : { limits };
}

/** Schemas of integers name the limits of safe integers, which tell nobody anything. */
function isUseful(limit: unknown): limit is number {
  return typeof limit === 'number' && Math.abs(limit) < Number.MAX_SAFE_INTEGER;
}

/** Follows a reference, and takes `null` out of the alternatives. */
function plain(given: Schema, root: Schema): { readonly schema: Schema; readonly isNullable: boolean } {
  const found = typeof given.$ref === 'string' ? at(root, given.$ref) : given;
  // A schema may be `true`: any value.
  const schema = objectOf(found) ?? {};
  const [alternatives] = [schema.anyOf, schema.oneOf].filter(Array.isArray) as unknown[] as Schema[][];
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

function objectOf(value: unknown): Readonly<Record<string, Schema>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Schema>>)
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
