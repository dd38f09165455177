import { useState } from 'react';
import type { View } from '../../api/history.ts';
import { JsonView } from '../../parts/json-view.tsx';
import type { History } from '../use-history.ts';

/** Records that are shown. */
const NEWEST = 200;

/** What the API answers, unchanged. */
export function RawTab({ view, history }: { readonly view: View; readonly history: History }) {
  const [what, setWhat] = useState<'view' | 'history'>('view');
  return (
    <div className="page tab-page">
      <section className="card pad stack">
        <div className="seg">
          {(['view', 'history'] as const).map((each) => (
            <button
              key={each}
              type="button"
              className="option"
              aria-pressed={what === each}
              onClick={() => setWhat(each)}
            >
              {each === 'view' ? 'View' : 'History'}
            </button>
          ))}
        </div>
        {what === 'history' && history.items.length > NEWEST && (
          <p className="soft s">
            {`The newest ${NEWEST} records. GET /executions/${view.executionId}/history has all.`}
          </p>
        )}
        <JsonView key={what} value={what === 'view' ? view : history.items.slice(-NEWEST)} label={what} />
      </section>
    </div>
  );
}
