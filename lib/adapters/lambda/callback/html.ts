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

/** System fonts, both colour schemes, controls that fingers hit. The policy allows it by its hash. */
const STYLE = [
  ':root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#14181f;--soft:#5a6675;--line:#e2e6ec;--edge:#7f8a9a;--accent:#1f4fd8;--on:#fff}',
  '@media(prefers-color-scheme:dark){:root{--bg:#0e1115;--card:#161a20;--ink:#e9edf3;--soft:#97a3b3;--line:#272d37;--edge:#5c6674;--accent:#9dc3ff;--on:#0e1115}}',
  '*{box-sizing:border-box}body{font:17px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;max-width:40rem;margin:0 auto;padding:28px 20px;overflow-wrap:anywhere;background:var(--bg);color:var(--ink)}',
  'h1{font-size:27px;line-height:1.22;letter-spacing:-.015em;text-wrap:balance;margin:0 0 8px}',
  'dl{display:grid;grid-template-columns:fit-content(40%) minmax(0,1fr);margin:22px 0;padding:4px 16px;background:var(--card);border:1px solid var(--line);border-radius:14px}',
  'dt,dd{margin:0;padding:11px 0;border-top:1px solid var(--line)}dt{color:var(--soft);padding-right:20px}dt:first-of-type,dt:first-of-type+dd{border:0}dd{text-align:right}',
  'pre{font:14px/1.5 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;text-align:left;margin:0}',
  'label{display:block;font-weight:600;font-size:15px;margin-top:18px}',
  'input,select,textarea{display:block;width:100%;min-height:48px;margin-top:6px;padding:10px 12px;font:inherit;font-weight:400;color:var(--ink);background:var(--card);border:1px solid var(--edge);border-radius:10px}',
  'button{width:100%;min-height:52px;margin-top:24px;font:inherit;font-weight:600;color:var(--on);background:var(--accent);border:0;border-radius:12px;cursor:pointer}',
  ':focus-visible{outline:3px solid var(--accent);outline-offset:2px}time{white-space:nowrap}',
].join('');

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
