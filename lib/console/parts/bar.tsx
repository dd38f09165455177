import type { Counts } from './counts.ts';

const PARTS = ['done', 'running', 'retrying', 'waiting', 'failed'] as const;

/** Progress of a list: done solid, retrying striped, waiting dotted, failed at the end. */
export function Bar({ counts, small = false }: { readonly counts: Counts; readonly small?: boolean }) {
  const { total, done } = counts;
  return (
    <div
      className={small ? 'bar s6' : 'bar'}
      role="progressbar"
      aria-label="Progress of the list"
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={done}
    >
      {PARTS.filter((part) => counts[part] > 0).map((part) => (
        <span key={part} className={part} style={{ width: `${(100 * counts[part]) / Math.max(1, total)}%` }} />
      ))}
    </div>
  );
}
