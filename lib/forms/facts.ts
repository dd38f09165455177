/** What a wait asks, and the facts of its payload, in the order that the author gave them. */
import type { Json } from '../flow/json.ts';
import { dateWords, numberWords, words } from './words.ts';

export interface Facts {
  readonly question: string;
  /** Who asks, where the payload says so. */
  readonly askedBy?: string;
  readonly rows: readonly Fact[];
}

export interface Fact {
  readonly label: string;
  readonly shown: Shown;
  /** The fact that most decisions turn on, such as an amount. */
  readonly isMain: boolean;
  /** Needs the whole width. */
  readonly isWide: boolean;
}

export type Shown =
  | { readonly kind: 'text'; readonly text: string }
  /** `at`: ISO 8601. */
  | { readonly kind: 'time'; readonly text: string; readonly at: string }
  | { readonly kind: 'list'; readonly lines: readonly string[] }
  | { readonly kind: 'json'; readonly value: Json };

const MAIN = /^(total )?(amount|price|sum|total)\b/i;
/** Longest text in a row beside its label. */
const SHORT = 60;
const MOST_LINES = 50;

/** @param payload `question` (else `title`) becomes the question, `askedBy` the name of who asks */
export function factsOf({ payload, type }: { readonly payload: Json; readonly type: string }): Facts {
  if (!isObject(payload)) return { question: words(type), rows: payload === null ? [] : rowsOf(payload) };
  const asks = ['question', 'title'].find((name) => isText(payload[name]));
  const question = asks === undefined ? words(type) : String(payload[asks]);
  const { askedBy } = payload;
  const isNamed = isText(askedBy);
  const rest = Object.entries(payload).filter(([name]) => name !== asks && !(isNamed && name === 'askedBy'));
  const rows = rest.map(([name, value]) => factOf(words(name), value));
  return { question, ...(isNamed ? { askedBy } : {}), rows };
}

/** A row for each member of an object; one row for any other value. */
export function rowsOf(value: Json, alone = 'Value'): readonly Fact[] {
  if (!isObject(value)) return [factOf(alone, value)];
  return Object.entries(value).map(([name, each]) => factOf(words(name), each));
}

function factOf(label: string, value: Json): Fact {
  const shown = shownOf(label, value);
  const isLong = shown.kind === 'text' && (shown.text.length > SHORT || shown.text.includes('\n'));
  return { label, shown, isMain: MAIN.test(label), isWide: isLong || shown.kind === 'list' || shown.kind === 'json' };
}

function shownOf(label: string, value: Json): Shown {
  if (isScalar(value)) {
    const text = scalarWords(label, value);
    const isTime = typeof value === 'string' && dateWords(value) !== undefined;
    return isTime ? { kind: 'time', text, at: value } : { kind: 'text', text };
  }
  const members = Object.entries(value as Readonly<Record<string, Json>>);
  if (members.length > MOST_LINES || !members.every(([, each]) => isScalar(each))) return { kind: 'json', value };
  if (members.length === 0) return { kind: 'text', text: 'none' };
  const lines = members.map(([name, each]) => {
    const text = scalarWords(words(name), each);
    return Array.isArray(value) ? text : `${words(name)}: ${text}`;
  });
  return { kind: 'list', lines };
}

function scalarWords(label: string, value: Json): string {
  switch (typeof value) {
    case 'boolean':
      return value ? 'yes' : 'no';
    case 'number':
      return numberWords(value, label);
    case 'string':
      return value === '' ? 'none' : (dateWords(value) ?? value);
    default:
      return 'none';
  }
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: Json): boolean {
  return typeof value !== 'object' || value === null;
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
