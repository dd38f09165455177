/** HTML pages without scripts. `html` escapes every interpolated text that is not markup itself. */
import { createHash } from 'node:crypto';
import type { HttpAnswer } from '../http/respond.ts';

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

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}' +
  'dt,label{font-weight:600}dd{margin:0 0 .75rem}pre{white-space:pre-wrap;margin:0}label{display:block;margin-top:1rem}' +
  'input,select,textarea{font:inherit;font-weight:400;width:100%;box-sizing:border-box;padding:.4rem}' +
  'button{font:inherit;margin-top:1.5rem;padding:.5rem 1.5rem}';

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

export function page(statusCode: number, title: string, content: Markup): HttpAnswer {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<h1>${title}</h1>
${content}
</body>
</html>
`;
  return {
    statusCode,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: document.text,
  };
}
