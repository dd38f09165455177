import type { View } from '../api/history.ts';
import { Icon } from '../parts/icons.tsx';
import { Act } from './act.tsx';
import type { Execution } from './use-execution.ts';

/** Why it failed, and what can be done about it. */
export function FailedCard({ view, execution }: { readonly view: View; readonly execution: Execution }) {
  const { error } = view;
  if (!error) return null;
  const { chunk, code, message, name } = error;
  const what = code === undefined || code === name ? name : `${name}: ${code}`;
  const attempts = execution.history.items.filter((item) => item.type === 'attempt_failed' && item.chunk === chunk);
  const [first, last] = [attempts[0], attempts.at(-1)];
  const tries = attempts.length > 1 && first && last ? `${attempts.length} tries` : undefined;
  return (
    <section className="why" aria-label="Why it failed">
      <span className="st-failed ic">
        <Icon name="failed" />
      </span>
      <div className="stack">
        <h2>
          {chunk} failed: {message || name}
        </h2>
        <p className="soft">{tries === undefined ? '' : `${tries}. `}What was committed before it stays.</p>
        {what !== 'Error' && <pre className="code">{what}</pre>}
        <div className="row">
          <Act action="redrive" view={view} onDone={execution.refresh} primary label="Try again" />
          <Act action="fork" view={view} onDone={execution.refresh} />
        </div>
      </div>
    </section>
  );
}
