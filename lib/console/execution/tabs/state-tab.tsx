import type { View } from '../../api/history.ts';
import { Empty } from '../../parts/empty.tsx';
import { JsonView } from '../../parts/json-view.tsx';

export function StateTab({ view }: { readonly view: View }) {
  const closed = view.lifecycle === 'closed';
  const values = (closed ? view.result : view.state) ?? {};
  const rows = typeof values === 'object' && values !== null && !Array.isArray(values) ? Object.entries(values) : [];
  return (
    <div className="page tab-page">
      <section className="card">
        {view.input !== undefined && (
          <div className="sec">
            <h3>Input</h3>
            <JsonView value={view.input} label="Input" />
          </div>
        )}
        {rows.length === 0 && <Empty icon="list" title="No state yet" text="Chunks write it with ctx.state.set." />}
        {rows.map(([name, value]) => (
          <div key={name} className="sec">
            <h3>
              {name} <span className="quiet">{closed ? 'at the close' : ''}</span>
            </h3>
            <JsonView value={value} label={name} />
          </div>
        ))}
        {view.omitted && <p className="pad soft">Left out, because they are large: {view.omitted.join(', ')}.</p>}
      </section>
    </div>
  );
}
