import type { View } from '../api/history.ts';
import Canvas from '../graph/canvas.tsx';
import { Paths } from '../graph/paths.tsx';
import { Skeleton } from '../parts/empty.tsx';
import { Timeline } from '../timeline/timeline.tsx';
import { Panel } from './panel/panel.tsx';
import type { Execution } from './use-execution.ts';

export interface GraphTabProps {
  readonly view: View;
  readonly execution: Execution;
  readonly picked: string | undefined;
  readonly setPicked: (box: string | undefined) => void;
}

export function GraphTab({ view, execution, picked, setPicked }: GraphTabProps) {
  const { drawing, states, lines, definition, history, activity } = execution;
  const box = drawing?.boxes.find(({ id }) => id === picked);
  return (
    <div className={box ? 'split' : ''}>
      <div className="grow">
        {drawing && definition ? (
          <>
            <div className="wide">
              <Canvas
                drawing={drawing}
                fingerprint={definition.fingerprint}
                label={`Flow ${view.flow}, live`}
                height={420}
                picked={picked}
                onPick={setPicked}
                {...(states ? { states } : {})}
                {...(lines ? { lines } : {})}
              />
            </div>
            <div className="phone pad">
              <Paths drawing={drawing} onPick={setPicked} {...(states ? { states } : {})} />
            </div>
          </>
        ) : (
          <div className="pad">
            <Skeleton rows={4} />
          </div>
        )}
        {!history.isMissing && (
          <Timeline view={view} history={history} drawing={drawing} picked={picked} onPick={setPicked} />
        )}
      </div>
      {box && (
        <Panel
          key={box.id}
          {...{ box, view, history, activity }}
          live={states?.get(box.id)}
          onClose={() => setPicked(undefined)}
          refresh={execution.refresh}
        />
      )}
    </div>
  );
}
