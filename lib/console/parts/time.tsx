import { useNow } from './clock.ts';
import { ago, length, until, withClock } from './times.ts';

/** A past time, relative; the exact one on hover. */
export function Ago({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={at}>
      {ago(Date.parse(at), now)}
    </time>
  );
}

export function Until({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={at}>
      {until(Date.parse(at), now)}
    </time>
  );
}

/** A line of the API with its times by the reader's clock; as it was on hover. */
export function Line({ text, className }: { readonly text: string; readonly className: string }) {
  return (
    <div className={className} title={text}>
      {withClock(text, useNow())}
    </div>
  );
}

/** How long something took, or has taken so far. */
export function Took({ from, to }: { readonly from: string; readonly to?: string | undefined }) {
  const now = useNow();
  const end = to === undefined ? now : Date.parse(to);
  return <span title={to === undefined ? `since ${from}` : `${from} to ${to}`}>{length(end - Date.parse(from))}</span>;
}
