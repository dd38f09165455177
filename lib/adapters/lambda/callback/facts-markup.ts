/** Facts and times as HTML, bounded in size. */
import type { Fact, Shown } from '../../../forms/facts.ts';
import { dateWords } from '../../../forms/words.ts';
import { html, type Markup } from './html.ts';

/** Most characters shown per value, and most characters in total that are indented. */
const SHOWN = 100_000;
const INDENTED = 20_000;

export function factRows(facts: readonly Fact[]): Markup | undefined {
  if (facts.length === 0) return undefined;
  const rows = facts.map(({ label, shown, isMain, isWide }) => {
    const look = isWide ? html` class="wide"` : isMain ? html` class="big"` : undefined;
    return html`<div${look}><dt>${shortened(label)}</dt><dd>${shownMarkup(shown)}</dd></div>\n`;
  });
  return html`<dl class="kv">\n${rows}</dl>\n`;
}

function shownMarkup(shown: Shown): Markup {
  switch (shown.kind) {
    case 'text':
      return html`${shortened(shown.text)}`;
    case 'time':
      return time(shown.at);
    case 'list':
      return html`${shortened(shown.lines.join('\n'))}`;
    case 'json': {
      const plain = JSON.stringify(shown.value);
      // Indentation multiplies the size of a deeply nested value.
      const text = plain.length > INDENTED ? plain : JSON.stringify(shown.value, null, 2);
      return html`<pre>${shortened(text)}</pre>`;
    }
  }
}

export function shortened(text: string): string {
  return text.length <= SHOWN
    ? text
    : `${text.slice(0, SHOWN).toWellFormed()}… (${text.length - SHOWN} characters more)`;
}

/** @param iso ISO 8601, in UTC */
export function time(iso: string): Markup {
  return html`<time datetime="${iso}">${dateWords(iso) ?? iso}</time>`;
}
