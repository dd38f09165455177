/** Screen 4: what a flow is, and a form that starts one. */
import { useMemo, useState } from 'react';
import type { Definition } from '../api/wire.ts';
import { linkTo } from '../app/router.ts';
import Canvas from '../graph/canvas.tsx';
import { draw } from '../graph/draw.ts';
import { Paths } from '../graph/paths.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Skeleton } from '../parts/empty.tsx';
import { Failure } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';
import { ContractCard } from './contract-card.tsx';
import { SchedulesCard } from './schedules-card.tsx';
import { StartForm } from './start-form.tsx';
import { useFlow } from './use-flows.ts';

export default function FlowScreen({ name }: { readonly name: string }) {
  const { value, error } = useFlow(name);
  const [mermaid, setMermaid] = useState(false);
  const isTasks = value !== undefined && value.graph === undefined;
  return (
    <main className="page">
      <div className="row quiet s">
        <a className="link" {...linkTo('/flows')}>
          Flows
        </a>
        <span>/</span>
      </div>
      <div className="row heading">
        <h1>{name}</h1>
        {value?.fingerprint !== undefined && (
          <span className="tag" title={value.fingerprint}>
            version<b className="mono">{value.fingerprint.slice(0, 6)}</b>
          </span>
        )}
        <div className="row right">
          {value?.mermaid !== undefined && (
            <button type="button" className="btn wide" onClick={() => setMermaid(true)}>
              <Icon name="copy" />
              Mermaid
            </button>
          )}
          <a className="btn" {...linkTo(`/executions?flow=${encodeURIComponent(name)}`)}>
            Its executions
          </a>
        </div>
      </div>
      {error && <Failure error={error} />}
      {!value && !error && (
        <div className="card pad">
          <Skeleton rows={6} />
        </div>
      )}
      {value && (
        <div className="cols">
          <div className="stack wide-gap">
            {isTasks ? <TaskNote /> : <GraphCard definition={value} />}
            {!isTasks && (
              <div className="two">
                <ContractCard definition={value} />
                <SchedulesCard flow={name} definition={value} />
              </div>
            )}
          </div>
          <StartForm key={value.fingerprint} flow={name} schema={value.contract?.input ?? null} />
        </div>
      )}
      {mermaid && value?.mermaid !== undefined && (
        <Dialog title="Mermaid" onClose={() => setMermaid(false)}>
          <pre className="code">{value.mermaid}</pre>
          <div className="row ends">
            <button
              type="button"
              className="btn primary"
              onClick={() => void navigator.clipboard.writeText(value.mermaid ?? '').then(() => setMermaid(false))}
            >
              Copy
            </button>
          </div>
        </Dialog>
      )}
    </main>
  );
}

function GraphCard({ definition }: { readonly definition: Definition }) {
  const { graph, predicates, fingerprint, flow } = definition;
  const drawing = useMemo(() => draw(graph, predicates), [graph, predicates]);
  return (
    <section className="card">
      <div className="row pad">
        <h2>Graph</h2>
        <span className="quiet s">before it runs</span>
      </div>
      <div className="wide framed">
        <Canvas drawing={drawing} fingerprint={fingerprint} label={`Graph of ${flow}`} height={320} />
      </div>
      <div className="phone">
        <Paths drawing={drawing} />
      </div>
    </section>
  );
}

function TaskNote() {
  return (
    <section className="card pad">
      <h2>Graph</h2>
      <p className="soft">The graph comes with each start: the input lists the tasks and what each depends on.</p>
    </section>
  );
}
