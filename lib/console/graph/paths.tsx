/** The graph on a phone: the boxes in the order in which values reach them. */
import type { NodeLive } from '../live/node-state.ts';
import { Bar } from '../parts/bar.tsx';
import { Icon } from '../parts/icons.tsx';
import { lookOf } from '../parts/state.ts';
import type { Box, Drawing } from './drawing.ts';
import { inOrder } from './order.ts';

export interface PathsProps {
  readonly drawing: Drawing;
  readonly states?: ReadonlyMap<string, NodeLive>;
  readonly onPick?: (box: string) => void;
}

export function Paths({ drawing, states, onPick }: PathsProps) {
  return (
    <ol className="metro">
      {inOrder(drawing).map((box) => {
        const live = states?.get(box.id);
        const look = live && lookOf(live.state);
        const classes = [`st-${look?.tone ?? 'idle'}`, box.parent === undefined ? '' : 'nest', live?.state ?? ''];
        return (
          <li key={box.id} className={classes.join(' ')} data-box={box.id} data-state={live?.state}>
            <span className="st">
              <Icon name={look?.icon ?? 'later'} />
            </span>
            <button type="button" className="plain-button" onClick={() => onPick?.(box.id)} disabled={!onPick}>
              <b>{box.name}</b>
              <span className="soft s">{wordsOf(box, live)}</span>
              {live?.counts && <Bar counts={live.counts} small />}
            </button>
          </li>
        );
      })}
    </ol>
  );
}

function wordsOf(box: Box, live: NodeLive | undefined): string {
  if (!live) return box.note ?? (box.kind === 'chunk' ? '' : box.kind);
  if (live.counts) return `${live.counts.done + live.counts.failed} of ${live.counts.total}`;
  if (live.have) return `${Object.keys(live.have).length} of ${box.slots?.length ?? 0} are here`;
  const times = live.times !== undefined && live.times > 1 ? `×${live.times}, ` : '';
  return `${times}${live.text ?? lookOf(live.state).word.toLowerCase()}`;
}
