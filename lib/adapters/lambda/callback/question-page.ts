/** The page of an open question: what is asked, its facts, the form, and until when. Equal data gives equal bytes. */
import type { ZodType } from 'zod';
import { withoutAnswer } from '../../../forms/expiry.ts';
import { type Facts, factsOf } from '../../../forms/facts.ts';
import { words } from '../../../forms/words.ts';
import type { InterruptView } from '../../../runtime/client/types.ts';
import type { HttpAnswer } from '../http/respond.ts';
import { factRows, shortened, time } from './facts-markup.ts';
import { html, type Markup, page } from './html.ts';
import { inputsOf, type Refused } from './inputs.ts';

export interface Asked {
  readonly schema?: ZodType | undefined;
  /** The person the link is for. */
  readonly to?: string | undefined;
  /** A post that was not taken: its texts are shown again. */
  readonly refused?: (Refused & { readonly status: number }) | undefined;
}

/** The buttons stay at the lower edge of the window, behind the required fields. */
export function questionPage(interrupt: InterruptView, { schema, to, refused }: Asked = {}): HttpAnswer {
  const facts = factsOf(interrupt);
  const { fields, buttons } = inputsOf(schema, refused);
  const who = to === undefined ? nameField(refused?.given.get('actor')) : undefined;
  const content = html`${refused && refusal(refused.message)}<form method="post">
${asked(interrupt, facts)}${fields}${who}${buttons}
</form>
${foot(interrupt, to)}`;
  return questionOf(interrupt, refused?.status ?? 200, facts, content);
}

/** The question without a form, for a link that may not answer it. */
export function signInPage(interrupt: InterruptView, detail: string): HttpAnswer {
  const facts = factsOf(interrupt);
  const content = html`${asked(interrupt, facts)}<p class="sum"><b>You cannot answer it with a link</b>Only somebody who is signed in may answer. The decision is kept with a checked name.</p>
<div class="foot"><p>${detail}</p></div>`;
  return questionOf(interrupt, 403, facts, content);
}

function questionOf({ flow }: InterruptView, status: number, { question }: Facts, content: Markup): HttpAnswer {
  return page({ status, title: shortened(question), from: words(flow), content });
}

function asked({ createdAt }: InterruptView, { question, askedBy, rows }: Facts): Markup {
  const by = askedBy === undefined ? 'on ' : html`by <b>${shortened(askedBy)}</b>, `;
  return html`<h1>${shortened(question)}</h1>
<p class="by">Asked ${by}${time(createdAt)}</p>
${factRows(rows)}`;
}

function refusal(message: string): Markup {
  return html`<p class="sum" role="alert"><b>Your answer was not taken yet.</b>${message}</p>\n`;
}

function nameField(given = ''): Markup {
  return html`<div class="field"><label for="actor">Your name <small>optional</small></label>
<input id="actor" type="text" name="actor" maxlength="256" autocomplete="name" value="${given}"></div>
`;
}

function foot({ expiresAt, onExpiry }: InterruptView, to: string | undefined): Markup {
  const until =
    expiresAt === undefined
      ? undefined
      : html`<p><b>Until ${time(expiresAt)}.</b> ${onExpiry === undefined ? 'After that, no answer is taken.' : withoutAnswer(onExpiry)}</p>\n`;
  const who =
    to === undefined
      ? html`<p>Your answer is kept with its time, and with your name if you give it.</p>`
      : html`<p>This link was made for <b>${to}</b>. Your answer is kept with that name and the time.</p>`;
  return html`<div class="foot">${until}${who}</div>`;
}
