import type { View } from '../../api/history.ts';
import { Empty } from '../../parts/empty.tsx';
import { JsonView } from '../../parts/json-view.tsx';
import type { History } from '../use-history.ts';

interface Row {
  readonly version: number;
  readonly status: string;
  readonly payload: unknown;
  readonly author?: string;
  readonly note?: string;
}

export function InterventionsTab({ view }: { readonly view: View; readonly history: History }) {
  const rows = (view.interventions ?? []) as unknown as readonly Row[];
  return (
    <div className="page tab-page">
      <section className="card">
        {rows.length === 0 && (
          <Empty
            icon="waiting"
            title="Nobody has intervened"
            text="Use “Intervene…” to add context for what has not run yet."
          />
        )}
        {rows.toReversed().map(({ version, status, payload, author, note }) => (
          <div key={version} className="sec">
            <h3>
              {version} <span className="quiet">{status}</span> {author}
            </h3>
            {note !== undefined && <p className="soft">{note}</p>}
            <JsonView value={payload} label={`Intervention ${version}`} />
          </div>
        ))}
      </section>
    </div>
  );
}
