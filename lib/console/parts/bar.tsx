import type { Counts } from './counts.ts';

const PARTS = ['done', 'running', 'retrying', 'waiting', 'failed'] as const;

/** Progress of a list: done solid, retrying striped, waiting dotted, failed at the end. */
export function Bar({ counts, small = false }: { readonly counts: Counts; readonly small?: boolean }) {
  const { total, done, failed } = counts;
  const words = [`${shown(done)} done`, ...(failed > 0 ? [`${shown(failed)} failed`] : []), `of ${shown(total)}`];
  return (
    <div
      className={small ? 'bar s6' : 'bar'}
      role="progressbar"
      aria-label="Progress of the list"
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={done + failed}
      aria-valuetext={words.join(', ')}
    >
      {PARTS.filter((part) => counts[part] > 0).map((part) => (
        <span key={part} className={part} style={{ width: `${(100 * counts[part]) / Math.max(1, total)}%` }} />
      ))}
    </div>
  );
}

function shown(count: number): string {
  return count.toLocaleString('en');
}
