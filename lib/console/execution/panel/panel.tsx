/** What happened at one box: attempts, a list, or a join. */
import type { View } from '../../api/history.ts';
import type { Box } from '../../graph/drawing.ts';
import type { Activity } from '../../live/activity.ts';
import type { NodeLive } from '../../live/node-state.ts';
import { Chip } from '../../parts/chip.tsx';
import { Icon } from '../../parts/icons.tsx';
import type { History } from '../use-history.ts';
import { Attempts } from './attempts.tsx';
import { JoinPanel } from './join-panel.tsx';
import { ListPanel } from './list-panel.tsx';

export interface PanelProps {
  readonly box: Box;
  readonly live: NodeLive | undefined;
  readonly view: View;
  readonly history: History;
  readonly activity: Activity;
  readonly refresh: () => void;
}

export function Panel({ onClose, ...props }: PanelProps & { readonly onClose: () => void }) {
  const { box, live } = props;
  return (
    <aside className="side" aria-label={box.name}>
      <div className="row pad">
        <h2 className="cut">{box.name}</h2>
        {live && <Chip state={live.state} />}
        <button type="button" className="btn bare icon right" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <Inner {...props} />
    </aside>
  );
}

function Inner(props: PanelProps) {
  switch (props.box.kind) {
    case 'list':
      return <ListPanel {...props} />;
    case 'join':
    case 'gather':
      return <JoinPanel {...props} />;
    case 'chunk':
      return <Attempts {...props} />;
    default:
      return <p className="pad soft">{props.live?.text ?? props.box.note ?? 'Nothing is recorded here.'}</p>;
  }
}
