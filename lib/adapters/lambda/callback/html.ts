/** HTML pages without scripts. `html` escapes every interpolated text that is not markup itself. */
import { createHash } from 'node:crypto';
import type { HttpAnswer } from '../http/respond.ts';
import { STYLE } from './style.ts';

/** Safe HTML; only `html` makes it. */
class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type { Markup };

type Part = string | number | Markup | readonly Markup[] | undefined;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Template tag: escapes strings for text and quoted attributes; `undefined` gives an empty string. */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(template.reduce((text, piece, i) => text + render(parts[i - 1]) + piece));
}

function render(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map((markup) => markup.text).join('');
  return String(part).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** Headers for every response whose URL holds a token: no caching, no frames, no referrer, no external content. */
export function securityHeaders(): Readonly<Record<string, string>> {
  const style = createHash('sha256').update(STYLE).digest('base64');
  return {
    'content-security-policy':
      `default-src 'none'; style-src 'sha256-${style}'; form-action 'self'; ` +
      `base-uri 'none'; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=31536000',
    'x-robots-tag': 'noindex, nofollow',
    'x-frame-options': 'DENY',
  };
}

export interface Page {
  readonly status: number;
  /** Of the window. */
  readonly title: string;
  /** Who sent the page, in words. */
  readonly from?: string | undefined;
  readonly content: Markup;
}

const MARK = new Markup(
  '<svg viewBox="0 0 22 22" aria-hidden="true"><rect width="22" height="22" rx="6" class="ink"/>' +
    '<path d="M6 8h10M6 11.5h10M6 15h6" class="line"/></svg>',
);

export function page({ status, title, from, content }: Page): HttpAnswer {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${from === undefined ? undefined : html`<p class="from">${MARK}<span>${from}</span></p>\n`}${content}
</main>
</body>
</html>
`;
  return {
    statusCode: status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: document.text,
  };
}

const SEALS = {
  done: '<circle cx="10" cy="10" r="9" class="fill"/><path d="M6 10.4l2.7 2.7 5.2-5.8" class="mark"/>',
  no: '<path d="M6.5 1.5h7l5 5v7l-5 5h-7l-5-5v-7z" class="fill"/><path d="M7 7l6 6M13 7l-6 6" class="mark"/>',
  clock: '<circle cx="10" cy="10" r="8.3" class="ring"/><path d="M10 5.5V10l3 2" class="ring"/>',
} as const;

export type Seal = keyof typeof SEALS;

/** A large picture of how it ended. */
export function sealOf(seal: Seal): Markup {
  return new Markup(`<svg class="seal ${seal}" viewBox="0 0 20 20" aria-hidden="true">${SEALS[seal]}</svg>`);
}
