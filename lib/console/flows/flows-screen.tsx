/** The flows that can be started. */
import { flowPlace, linkTo } from '../app/router.ts';
import { Empty, Skeleton } from '../parts/empty.tsx';
import { Failure } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';
import { useFlows } from './use-flows.ts';

export function FlowsScreen() {
  const { value, error } = useFlows();
  return (
    <main className="page">
      <div className="row heading">
        <div>
          <h1>Flows</h1>
          <p className="soft wide">What can run here. Each shows its graph before it runs.</p>
        </div>
      </div>
      {error && <Failure error={error} />}
      {!value && !error && (
        <div className="card pad">
          <Skeleton rows={4} />
        </div>
      )}
      {value?.items.length === 0 && (
        <div className="card">
          <Empty
            icon="flows"
            title="The app has no flows yet"
            text="Define one with defineFlow and list it in defineApp."
          />
        </div>
      )}
      <ul className="flow-cards">
        {value?.items.map(({ flow, fingerprint, kinds }) => (
          <li key={flow}>
            <a className="card pad flow-card" {...linkTo(flowPlace(flow))}>
              <span className="row">
                <Icon name="flows" />
                <b>{flow}</b>
                <span className="right quiet">
                  <Icon name="next" />
                </span>
              </span>
              <span className="soft s">
                {fingerprint === undefined
                  ? `tasks as data: ${kinds?.map(({ kind }) => kind).join(', ')}`
                  : `version ${fingerprint.slice(0, 6)}`}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </main>
  );
}
