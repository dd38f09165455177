/** HTML pages of a callback URL. Equal data gives equal bytes. */
import type { ZodType } from 'zod';
import type { Json } from '../../../flow/json.ts';
import type { Attribution, InterruptView } from '../../../runtime/client/types.ts';
import type { HttpAnswer } from '../http/respond.ts';
import { formFields } from './form.ts';
import { html, type Markup, page } from './html.ts';

/** Most characters shown per value, and most characters in total that are indented. */
const SHOWN = 100_000;
const INDENTED = 20_000;

/** Members of a problem document that a person does not need. */
const HIDDEN = new Set(['type', 'title', 'status', 'code', 'detail', 'outcome']);

export interface Asked {
  readonly schema?: ZodType | undefined;
  /** The person the link is for. */
  readonly to?: string | undefined;
}

/** The question, its payload, the deadline and the form. */
export function questionPage(interrupt: InterruptView, { schema, to }: Asked = {}): HttpAnswer {
  const { payload, expiresAt } = interrupt;
  const { question, ...rest } = isObject(payload) ? payload : payload === null ? {} : { value: payload };
  const title = shortened(typeof question === 'string' ? question : interrupt.type);
  const shown = typeof question === 'string' || question === undefined ? rest : { question, ...rest };
  return page(
    200,
    title,
    html`${facts(shown)}
${expiresAt === undefined ? undefined : html`<p>Please answer before ${time(expiresAt)}.</p>`}
<form method="post">
${formFields(schema)}${to === undefined ? nameField() : html`<p>You answer as ${to}: this link was made for that name.</p>`}
<button type="submit">Send answer</button>
</form>`,
  );
}

function nameField(): Markup {
  return html`<label>your name (optional)<input type="text" name="actor" maxlength="256"></label>`;
}

/** @param at ISO 8601 */
export function resolvedPage(at: string, { actor, verified }: Attribution): HttpAnswer {
  return page(
    200,
    'Already answered',
    html`<p>Answered at ${time(at)}${actor === undefined ? '' : ` by ${actor}`}${verified ? ' (authenticated)' : ''}.</p>`,
  );
}

/** Renders a JSON answer or problem as a page, with the same status and headers. */
export function asPage(answer: HttpAnswer): HttpAnswer {
  const body = JSON.parse(answer.body) as Record<string, Json>;
  const shown = Object.entries(body).filter(([name, value]) => !HIDDEN.has(name) && value !== null);
  const title = typeof body.title === 'string' ? body.title : 'Your answer is recorded';
  const detail = typeof body.detail === 'string' ? html`<p>${body.detail}</p>\n` : undefined;
  const made = page(answer.statusCode, title, html`${detail}${facts(Object.fromEntries(shown))}`);
  return { ...made, headers: { ...answer.headers, ...made.headers } };
}

function facts(values: Readonly<Record<string, Json>>): Markup | undefined {
  // Indentation multiplies the size of a deeply nested value.
  const indent = JSON.stringify(values).length > INDENTED ? 0 : 2;
  const rows = Object.entries(values).map(
    ([name, value]) => html`<dt>${shortened(name)}</dt><dd>${shownValue(value, indent)}</dd>\n`,
  );
  return rows.length === 0 ? undefined : html`<dl>\n${rows}</dl>`;
}

function shownValue(value: Json, indent: number): Markup {
  if (typeof value !== 'object' || value === null) return html`${shortened(String(value))}`;
  return html`<pre>${shortened(JSON.stringify(value, null, indent))}</pre>`;
}

function shortened(text: string): string {
  return text.length <= SHOWN
    ? text
    : `${text.slice(0, SHOWN).toWellFormed()}… (${text.length - SHOWN} characters more)`;
}

function time(iso: string): Markup {
  return html`<time datetime="${iso}">${iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')}</time>`;
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
