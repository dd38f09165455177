/** How each kind of box looks. */
import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { memo } from 'react';
import type { NodeLive } from '../live/node-state.ts';
import { Bar } from '../parts/bar.tsx';
import { useNow } from '../parts/clock.ts';
import { Icon, type IconName } from '../parts/icons.tsx';
import { lookOf } from '../parts/state.ts';
import { clockOf, length, until } from '../parts/times.ts';
import type { Box } from './drawing.ts';
import { Ring } from './ring.tsx';

export type BoxNode = Node<{ readonly box: Box; readonly live?: NodeLive | undefined }, 'box'>;

const STILL: Partial<Record<Box['kind'], IconName>> = {
  source: 'signal',
  chunk: 'play',
  list: 'list',
  choice: 'choice',
  frame: 'frame',
  small: 'next',
  end: 'done',
};

export const BoxView = memo(function BoxView({ data: { box, live }, selected }: NodeProps<BoxNode>) {
  const look = live && lookOf(live.state);
  const tone = look?.tone ?? 'idle';
  const classes = ['node', `k-${box.kind}`, `st-${tone}`, `is-${live?.state ?? 'still'}`, selected ? 'picked' : ''];
  return (
    <div className={classes.join(' ')} data-box={box.id} data-state={live?.state ?? 'still'}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <Inner box={box} live={live} icon={iconOf(box, live)} />
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
});

function iconOf(box: Box, live: NodeLive | undefined): IconName {
  const still = STILL[box.kind] ?? 'later';
  if (!live) return still;
  const keeps = box.kind === 'source' || box.kind === 'choice' || box.kind === 'list' || box.kind === 'frame';
  return keeps && live.state !== 'failed' ? still : lookOf(live.state).icon;
}

interface Parts {
  readonly box: Box;
  readonly live: NodeLive | undefined;
  readonly icon: IconName;
}

function Inner({ box, live, icon }: Parts) {
  switch (box.kind) {
    case 'join':
      return <JoinInner box={box} live={live} />;
    case 'gather': {
      const all = box.slots?.length ?? 0;
      const here = live?.isFull ? all : Object.keys(live?.have ?? {}).length;
      return (
        <>
          <Ring here={here} all={all} size={66} />
          <span className="inner">
            <b>{`${here} of ${all}`}</b>
            <span>{box.name}</span>
          </span>
        </>
      );
    }
    case 'list':
      return <ListInner box={box} live={live} icon={icon} />;
    case 'chunk':
    case 'source':
      return (
        <>
          <Icon name={icon} />
          <span className="words">
            <span className="nm cut">{box.name}</span>
            {(live || box.note) && <span className="mt cut">{live ? <Words live={live} /> : box.note}</span>}
          </span>
          {live?.times !== undefined && live.times > 1 && <span className="times">×{live.times}</span>}
        </>
      );
    case 'frame':
      return (
        <span className="caption">
          <Icon name={icon} />
          <b>{box.name}</b> {box.note}
        </span>
      );
    case 'choice':
    case 'small':
    case 'end':
      return (
        <>
          <Icon name={icon} />
          <span className="cut">{box.name}</span>
        </>
      );
  }
}

/** The second line: a moving time in bold, then words. */
function Words({ live }: { readonly live: NodeLive }) {
  const now = useNow();
  const isEvent = live.state === 'done' && live.since !== undefined;
  const since = live.since === undefined ? undefined : Date.parse(live.since);
  const time =
    live.in !== undefined
      ? until(Date.parse(live.in), now)
      : since === undefined
        ? undefined
        : isEvent
          ? clockOf(since)
          : length(now - since);
  if (time === undefined) return <>{live.text ?? lookOf(live.state).word.toLowerCase()}</>;
  if (isEvent) return <>{`${live.text}, ${time}`}</>;
  return (
    <>
      <b>{time}</b> · {live.text}
    </>
  );
}

function ListInner({ box, live, icon }: Parts) {
  const counts = live?.counts;
  const percent = counts && counts.total > 0 ? Math.floor((100 * (counts.done + counts.failed)) / counts.total) : 0;
  return (
    <>
      <span className="row">
        <Icon name={icon} />
        <span className="nm cut">{box.name}</span>
        {counts && <b className="right num">{percent} %</b>}
      </span>
      {counts ? (
        <>
          <Bar counts={counts} />
          <span className="mt">
            <b>{(counts.done + counts.failed).toLocaleString('en')}</b> of {counts.total.toLocaleString('en')}
          </span>
          <span className="row legendlet">
            {(['running', 'retrying', 'waiting', 'failed'] as const)
              .filter((part) => counts[part] > 0)
              .map((part) => (
                <span key={part} className={`st-${part} row`} title={lookOf(part).word}>
                  <Icon name={part} />
                  <b>{counts[part]}</b>
                </span>
              ))}
            {box.note && <span className="quiet right">{box.note}</span>}
          </span>
        </>
      ) : (
        <span className="mt">for each item{box.note ? `, ${box.note}` : ''}</span>
      )}
    </>
  );
}

function JoinInner({ box, live }: { readonly box: Box; readonly live: NodeLive | undefined }) {
  const slots = box.slots ?? [];
  const has = (slot: string) => live?.isFull || (live?.have !== undefined && slot in live.have);
  const here = slots.filter(has).length;
  const missing = slots.filter((slot) => !has(slot));
  return (
    <>
      <span className="row">
        <Ring here={here} all={slots.length} size={30} />
        <span className="words">
          <span className="nm cut">{live?.have ? `${here} of ${slots.length} are here` : box.name}</span>
          <span className="mt cut">
            {live?.have ? `waits for ${missing.join(', ')}` : live?.isFull ? 'all are here' : `of ${slots.length}`}
          </span>
        </span>
      </span>
      <ul>
        {slots.map((slot) => {
          const at = live?.have?.[slot];
          return (
            <li key={slot} className={has(slot) ? 'st-done' : 'st-idle'}>
              <Icon name={has(slot) ? 'done' : 'later'} />
              <span className="cut">{slot}</span>
              <span className="quiet right">
                {at ? clockOf(Date.parse(at)) : live?.have && !has(slot) ? 'missing' : ''}
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
