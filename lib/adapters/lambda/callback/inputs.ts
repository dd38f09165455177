/**
 * The inputs of a callback page, made from a resume schema. Field names carry the type of their value
 * (`value.approved:json`, `value.note:string?`). A post thus means the same after the interrupt is resolved and its schema is
 * gone, so repeats get equal bytes. The decision becomes buttons, which send the form.
 */
import { type ZodType, z } from 'zod';
import { type Decision, decisionOf } from '../../../forms/decision.ts';
import { type Field, type Schema, wholeField } from '../../../forms/fields.ts';
import { html, type Markup } from './html.ts';

/** What a refused post contained, and what was wrong with it. */
export interface Refused {
  /** By name of the field. */
  readonly given: ReadonlyMap<string, string>;
  /** Path of the value, such as `value.note`. */
  readonly path?: string;
  readonly message: string;
}

export interface Inputs {
  readonly fields: readonly Markup[];
  readonly buttons: Markup;
}

/** A JSON text area without a schema or for shapes without an input. */
export function inputsOf(resume?: ZodType, refused?: Refused): Inputs {
  const schema = resume ? jsonSchema(resume) : undefined;
  const decision = decisionOf(schema);
  return {
    fields: fieldsOf(decision?.rest ?? schema, decision !== undefined).map((each, i) =>
      labelled(each, `f${i}`, refused),
    ),
    buttons: decision ? choices(decision) : html`<div class="act"><button class="yes">Send answer</button></div>`,
  };
}

function jsonSchema(schema: ZodType): Schema | undefined {
  try {
    return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  } catch {
    return undefined;
  }
}

interface Input {
  /** Path of the value in a problem. */
  readonly path: string;
  readonly field: Field;
}

function fieldsOf(schema: Schema | undefined, isDecided: boolean): readonly Input[] {
  const whole = wholeField(schema);
  if (!whole.fields || (whole.fields.length === 0 && !isDecided)) {
    const label = whole.label === 'Value' ? 'Answer' : whole.label;
    return [{ path: 'value', field: { ...whole, label } }];
  }
  return whole.fields.map((field) => ({ path: `value.${field.name}`, field }));
}

function labelled({ path, field }: Input, id: string, refused: Refused | undefined): Markup {
  const { label, hint, required } = field;
  const { kind, control } = controlOf(field);
  const name = `${path}:${kind}${required || field.isNullable ? '' : '?'}`;
  const isBad = refused?.path !== undefined && (refused.path === path || refused.path.startsWith(`${path}.`));
  const given = refused?.given.get(name);
  const extra = [required ? undefined : 'optional', control === 'json' ? 'as JSON' : undefined, hint];
  const notes = extra.filter((each) => each !== undefined).join('; ');
  const attributes = html`id="${id}" name="${name}"${required ? html` required` : undefined}${limits(field, control)}${
    isBad ? html` class="bad" aria-invalid="true" aria-describedby="problem"` : undefined
  }`;
  return html`<div class="field"><label for="${id}">${label}${notes === '' ? undefined : html` <small>${notes}</small>`}</label>
${controlMarkup(field, control, attributes, given)}${isBad ? html`<p class="err" id="problem">${refused.message}</p>` : undefined}</div>
`;
}

type Control = 'choice' | 'line' | 'long' | 'number' | 'json';

/** The type in the name of the field, and the control. A post cannot tell an empty text from `null`: then JSON is asked for. */
function controlOf(field: Field): { readonly kind: 'string' | 'number' | 'json'; readonly control: Control } {
  if (field.kind === 'choice') return { kind: 'json', control: 'choice' };
  if (field.isNullable || field.kind === 'json' || field.kind === 'group') return { kind: 'json', control: 'json' };
  if (field.kind === 'text') return { kind: 'string', control: field.long ? 'long' : 'line' };
  return { kind: 'number', control: 'number' };
}

function controlMarkup(field: Field, control: Control, attributes: Markup, given = field.initial ?? ''): Markup {
  switch (control) {
    case 'choice': {
      const empty = field.isNullable
        ? html`<option value="null">none</option>`
        : html`<option value="">Choose</option>`;
      return html`<select ${attributes}>${empty}${options(field, given)}</select>`;
    }
    case 'line':
      return html`<input type="${field.format ?? 'text'}" ${attributes} value="${given}">`;
    case 'number':
      return html`<input type="number" step="${field.kind === 'integer' ? '1' : 'any'}" ${attributes} value="${given}">`;
    // A line break after the tag is not part of the text.
    case 'long':
      return html`<textarea rows="3" ${attributes}>\n${given}</textarea>`;
    case 'json':
      return html`<textarea rows="5" class="code" ${attributes}>\n${given}</textarea>`;
  }
}

function options({ choices: all = [], initial }: Field, given: string): readonly Markup[] {
  return all.map(({ label, value }) => {
    const text = JSON.stringify(value);
    const isChosen = text === given || (initial === given && label === initial);
    return html`<option value="${text}"${isChosen ? html` selected` : undefined}>${label}</option>`;
  });
}

function limits({ limits: { least, most } = {} }: Field, control: Control): Markup | undefined {
  if (control === 'json' || control === 'choice') return undefined;
  const [low, high] = control === 'number' ? ['min', 'max'] : ['minlength', 'maxlength'];
  const attribute = (name: string, limit: number | undefined) =>
    limit === undefined ? undefined : html` ${name}="${limit}"`;
  return html`${attribute(low ?? '', least)}${attribute(high ?? '', most)}`;
}

/** The first button is what Enter in a field presses. It is disabled, so that only a press on a button decides. */
function choices({ name, label, hint, choices: all }: Decision): Markup {
  const field = name === undefined ? 'value:json' : `value.${name}:json`;
  const group = label === undefined ? undefined : html` role="group" aria-labelledby="decide"`;
  const asked =
    label === undefined
      ? undefined
      : html`<p id="decide"><b>${label}</b>${hint === undefined ? undefined : html` <small>${hint}</small>`}</p>\n`;
  const buttons = all.map(({ label: text, value }, i) => {
    const first = i === 0 ? html` class="yes"` : undefined;
    return html`<button name="${field}" value="${JSON.stringify(value)}"${first}>${text}</button>`;
  });
  return html`${asked}<div class="act"${group}><button disabled hidden></button>${buttons}</div>`;
}
