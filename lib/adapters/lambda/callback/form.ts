/**
 * The form of a callback page, made from a resume schema, and the parser of its posts. Field names carry the type of
 * their value (`value.approved:json`, `value.note:string?`). A post thus means the same after the interrupt is resolved
 * and its schema is gone, so repeats get equal bytes.
 */
import { type ZodType, z } from 'zod';
import { FlowError } from '../../../errors/errors.ts';
import type { Json } from '../../../flow/json.ts';
import { parseJson } from '../http/body.ts';
import { html, type Markup } from './html.ts';

type Schema = Readonly<Record<string, unknown>>;

const FIELD = /^value(?:\.(.*))?:(string|number|json)(\??)$/s;

/** Form inputs for the schema; a JSON text area without a schema or for shapes without an input. */
export function formFields(resume?: ZodType): readonly Markup[] {
  const schema = resume ? jsonSchema(resume) : {};
  const properties = Object.entries((schema.type === 'object' && schema.properties) || {}) as [string, Schema][];
  if (properties.length === 0) return [field('value', 'answer', schema, resume !== undefined)];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return properties.map(([key, part]) => field(`value.${key}`, key, part, required.includes(key)));
}

function jsonSchema(schema: ZodType): Schema {
  try {
    return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  } catch {
    return {};
  }
}

function field(path: string, label: string, schema: Schema, required: boolean): Markup {
  const name = (kind: string) => `${path}:${kind}${required ? '' : '?'}`;
  const need = required ? html` required` : undefined;
  const hint = typeof schema.description === 'string' ? html` (${schema.description})` : undefined;
  const choices = choicesOf(schema);
  const input = () => {
    if (choices) {
      const options = choices.map(([text, value]) => html`<option value="${JSON.stringify(value)}">${text}</option>`);
      return html`<select name="${name('json')}"${need}><option value="">-</option>${options}</select>`;
    }
    if (schema.type === 'string') return html`<input type="text" name="${name('string')}"${need}>`;
    if (schema.type === 'integer') return html`<input type="number" step="1" name="${name('number')}"${need}>`;
    if (schema.type === 'number') return html`<input type="number" step="any" name="${name('number')}"${need}>`;
    return html`<textarea rows="6" name="${name('json')}" placeholder="JSON"${need}></textarea>`;
  };
  return html`<label>${label}${hint}${required ? undefined : html` (optional)`}${input()}</label>\n`;
}

function choicesOf(schema: Schema): readonly (readonly [string, unknown])[] | undefined {
  if (schema.type === 'boolean' && schema.const === undefined) {
    return [
      ['yes', true],
      ['no', false],
    ];
  }
  const values = 'const' in schema ? [schema.const] : schema.enum;
  if (!Array.isArray(values)) return undefined;
  return values.map((value) => [typeof value === 'string' ? value : JSON.stringify(value), value]);
}

/**
 * Converts a urlencoded post to the JSON body `{ value, actor?, resumeRequestId? }`, unchecked. An invalid number stays
 * text, so that the schema rejects it with its path.
 * @throws FlowError `invalid_request` naming the field
 */
export function readForm(text: string): unknown {
  const members = new Map<string, Json>();
  const rest = new Map<string, string>();
  let whole: Json | undefined;
  const seen = new Set<string>();
  for (const [name, content] of new URLSearchParams(text)) {
    if (name === 'actor' || name === 'resumeRequestId') {
      if (rest.has(name)) throw refuse(name, 'the field was sent twice');
      rest.set(name, content);
      continue;
    }
    const [, key, kind, optional] = FIELD.exec(name) ?? [];
    const path = key === undefined ? 'value' : `value.${key}`;
    if (kind === undefined)
      throw refuse(name, 'the form has no such field. Send JSON with the content type application/json');
    if (seen.has(path)) throw refuse(path, 'the field was sent twice');
    seen.add(path);
    const empty = content === '' && optional === '?';
    if (key === undefined) whole = empty ? null : readField(content, kind, path);
    else if (!empty) members.set(key, readField(content, kind, path));
  }
  if (seen.size === 0) throw refuse('value', 'missing');
  if (whole !== undefined && seen.size > 1) throw refuse('value', 'the value was sent as a whole and in parts');
  const given = [...rest].filter(([, content]) => content !== '');
  // `Object.fromEntries` makes own members of all names; assignment would set the prototype for `__proto__`.
  return { value: whole === undefined ? Object.fromEntries(members) : whole, ...Object.fromEntries(given) };
}

function readField(text: string, kind: string, path: string): Json {
  if (kind === 'string') return text;
  if (kind === 'json') return parseJson(text, path);
  const number = Number(text);
  return text.trim() === '' || !Number.isFinite(number) ? text : number;
}

function refuse(field: string, problem: string): FlowError {
  return new FlowError('invalid_request', `${field}: ${problem}`, { details: { path: field } });
}
