/** Parser of the posts of callback pages. `inputs.ts` makes the fields. */
import { FlowError } from '../../../errors/errors.ts';
import type { Json } from '../../../flow/json.ts';
import { parseJson } from '../http/body.ts';

const FIELD = /^value(?:\.(.*))?:(string|number|json)(\??)$/s;

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
  // Browsers send line breaks as CR LF.
  if (kind === 'string') return text.replaceAll('\r\n', '\n');
  if (kind === 'json') return parseJson(text, path);
  const number = Number(text);
  return text.trim() === '' || !Number.isFinite(number) ? text : number;
}

function refuse(field: string, problem: string): FlowError {
  return new FlowError('invalid_request', `${field}: ${problem}`, { details: { path: field } });
}
