import type { ReactNode } from 'react';
import { useMemo, useState } from 'react';

const SHOWN = 4_000;

/** JSON with names and values told apart; long values are cut until asked for. */
export function JsonView({ value, label = 'JSON' }: { readonly value: unknown; readonly label?: string }) {
  const [all, setAll] = useState(false);
  const text = useMemo(() => JSON.stringify(value, undefined, 2) ?? 'nothing', [value]);
  const cut = !all && text.length > SHOWN;
  return (
    <div>
      <section aria-label={label}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a block that scrolls must be reachable by keyboard */}
        <pre className="code" tabIndex={0}>
          {coloured(cut ? text.slice(0, SHOWN) : text)}
          {cut && '…'}
        </pre>
      </section>
      {cut && (
        <button type="button" className="btn bare" onClick={() => setAll(true)}>
          Show all, {Math.ceil(text.length / 1024)} KB
        </button>
      )}
    </div>
  );
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)/g;

function coloured(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    parts.push(text.slice(from, match.index));
    const [whole, string, colon] = match;
    const kind = string === undefined ? 'nu' : colon === undefined ? 'str' : 'k';
    parts.push(
      <span key={match.index} className={kind}>
        {string ?? whole}
      </span>,
      colon ?? '',
    );
    from = match.index + whole.length;
  }
  return [...parts, text.slice(from)];
}
