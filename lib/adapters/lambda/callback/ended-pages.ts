/** Pages of questions that are answered or have ended. Equal data gives equal bytes, so a repeated post gets the same page. */
import type { ResumeEntry } from '../../../engine/head.ts';
import type { Json } from '../../../flow/json.ts';
import { rowsOf } from '../../../forms/facts.ts';
import { iso } from '../../../runtime/app/checks/times.ts';
import type { Attribution } from '../../../runtime/client/types.ts';
import type { HttpAnswer } from '../http/respond.ts';
import { factRows, time } from './facts-markup.ts';
import { html, type Markup, page, type Seal, sealOf } from './html.ts';

/** After the answer: what was answered, taken from the request itself. */
export function answeredPage(value: Json, { at }: ResumeEntry): HttpAnswer {
  const { approved, ...rest } = isObject(value) ? value : { answer: value };
  const isDecided = typeof approved === 'boolean';
  const shown = isDecided ? rest : value;
  return ended({
    seal: approved === false ? 'no' : 'done',
    title: isDecided ? `You ${approved ? 'approved' : 'rejected'} it` : 'Your answer is recorded',
    by: html`${time(iso(at))}. Thank you, there is nothing else to do.`,
    more: html`${factRows(rowsOf(shown, 'Answer'))}<div class="foot"><p>Opening this page or answering again changes nothing.</p></div>`,
  });
}

/** @param status 200 for a visit, 409 for another answer */
export function alreadyAnsweredPage(status: 200 | 409, { at, actor, verified }: ResumeEntry & Attribution): HttpAnswer {
  const by = actor === undefined ? '' : html`By <b>${actor}</b>${verified ? ' (signed in)' : ''}, `;
  return ended({
    status,
    seal: 'done',
    title: 'Already answered',
    by: html`${by}${time(iso(at))}. Your answer is not needed any more.`,
  });
}

/** @param until when the wait ended, or the link: a link ends with its wait at the latest */
export function expiredPage(until: number): HttpAnswer {
  return ended({
    status: 410,
    seal: 'clock',
    title: 'The time for an answer is over',
    by: html`It ended ${time(iso(until))}. You do not have to do anything.`,
  });
}

/** The question is still open. */
export function expiredLinkPage(until: number): HttpAnswer {
  return ended({
    status: 410,
    seal: 'clock',
    title: 'This link has expired',
    by: html`It was good until ${time(iso(until))}. The question is still open: ask for another link.`,
  });
}

export function withdrawnPage({ outcome, at }: ResumeEntry): HttpAnswer {
  const why = outcome === 'cancelled' ? 'The work behind it was ended' : 'The question was taken back';
  return ended({
    status: 410,
    seal: 'clock',
    title: 'No answer is needed any more',
    by: html`${why}, ${time(iso(at))}.`,
  });
}

export function revokedPage(): HttpAnswer {
  return ended({
    status: 410,
    title: 'This link no longer works',
    by: html`This link has been revoked. Ask for another one.`,
  });
}

/** Words for people, where those of the problem are for programs. */
const FOR_PEOPLE: Readonly<Record<string, readonly [title: string, detail: string]>> = {
  unknown: ['This link does not work', 'The link is incomplete, or from another service. Copy it again as a whole.'],
  unavailable: ['Please try again', 'The service did not respond. Send your answer again: it counts once.'],
  internal: ['Something went wrong', 'Your answer may not have been kept. Please try again later.'],
};

/** Renders a problem as a page, with the same status and headers. */
export function problemPage(answer: HttpAnswer): HttpAnswer {
  const problem = JSON.parse(answer.body) as { readonly code: string; readonly title: string; readonly detail: string };
  const words = Object.hasOwn(FOR_PEOPLE, problem.code) ? FOR_PEOPLE[problem.code] : undefined;
  const [title, detail] = words ?? [problem.title, problem.detail];
  const made = ended({ status: answer.statusCode, title, by: html`${detail}` });
  return { ...made, headers: { ...answer.headers, ...made.headers } };
}

interface Ended {
  readonly status?: number;
  readonly seal?: Seal;
  readonly title: string;
  readonly by: Markup;
  readonly more?: Markup;
}

function ended({ status = 200, seal, title, by, more }: Ended): HttpAnswer {
  const content = html`${seal && sealOf(seal)}<h1>${title}</h1>
<p class="by">${by}</p>
${more}`;
  return page({ status, title, content });
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
