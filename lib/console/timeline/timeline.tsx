/** Where the time went: a row per box, queue apart from work, idle time folded. */
import { useMemo, useState } from 'react';
import type { View } from '../api/history.ts';
import type { History } from '../execution/use-history.ts';
import type { Drawing } from '../graph/drawing.ts';
import { useNow } from '../parts/clock.ts';
import { clockOf, length } from '../parts/times.ts';
import { Brush } from './brush.tsx';
import type { Window } from './busy.ts';
import { counted } from './counted.ts';
import { RowView } from './row-view.tsx';
import { createRows } from './rows.ts';
import { type Scale, scaleOf, ticks } from './scale.ts';

export interface TimelineProps {
  readonly view: View;
  readonly history: History;
  readonly drawing: Drawing | undefined;
  readonly picked: string | undefined;
  readonly onPick: (box: string) => void;
}

export function Timeline({ view, history, drawing, picked, onPick }: TimelineProps) {
  const clock = useNow();
  const [unfold, setUnfold] = useState(false);
  const [zoom, setZoom] = useState<Window>();
  const { items, summary } = history;
  const read = useMemo(() => drawing && createRows(drawing), [drawing]);
  const { rows: known, busy } = useMemo(() => read?.(items) ?? { rows: [], busy: [] }, [read, items]);
  const rows = useMemo(() => counted(known, summary), [known, summary]);
  const from = Date.parse(view.createdAt);
  const last = items.at(-1);
  // A closed execution ends with its last record, not now.
  const end = view.closedAt === undefined ? clock : Math.max(Date.parse(view.closedAt), last ? Date.parse(last.at) : 0);
  const to = Math.max(from + 1_000, end);
  const whole = useMemo(() => scaleOf(busy, { from, to }, unfold), [busy, from, to, unfold]);
  const scale = useMemo(() => (zoom ? scaleOf(busy, zoom, unfold) : whole), [busy, zoom, whole, unfold]);
  const work = rows.reduce((sum, row) => sum + row.workMs, 0);
  return (
    <section className="tl" aria-label="Timeline">
      <div className="head">
        <h2>Timeline</h2>
        <span className="soft">
          {length(to - from)}
          {work > 0 && (work > to - from ? `, ${length(work)} of work at once` : `, of it ${length(work)} at work`)}
        </span>
        <Legend />
        {zoom && (
          <button type="button" className="btn bare" onClick={() => setZoom(undefined)}>
            Show all
          </button>
        )}
        {(whole.folds.length > 0 || unfold) && (
          <button type="button" className="btn bare" onClick={() => setUnfold(!unfold)}>
            {unfold ? 'Fold idle time' : 'Unfold all'}
          </button>
        )}
      </div>
      {rows.length === 0 ? (
        <p className="pad soft">{history.isRead ? 'Nothing is recorded yet.' : 'Reading what happened…'}</p>
      ) : (
        <>
          <Brush rows={rows} scale={whole} zoom={zoom} onZoom={setZoom} />
          <div className="rows">
            <Axis scale={scale} isLive={view.closedAt === undefined} />
            {rows.map((row) => (
              <RowView
                key={row.box.id}
                {...{ row, scale }}
                now={to}
                on={picked === row.box.id}
                minutes={row.box.kind === 'list' ? summary?.minutes : undefined}
                onPick={() => onPick(row.box.id)}
              />
            ))}
          </div>
          {summary && (
            <p className="pad-x quiet s">
              {`${summary.records.toLocaleString('en')} records. Bars are those of the first and the newest ${items.length.toLocaleString('en')}; all are counted.`}
            </p>
          )}
        </>
      )}
    </section>
  );
}

function Axis({ scale, isLive }: { readonly scale: Scale; readonly isLive: boolean }) {
  const whole = scale.to - scale.from;
  // Of short times the offset says more than the clock.
  const textOf = (at: number) => (whole < 20_000 ? length(at - scale.from) : clockOf(at, whole < 10 * 60_000));
  return (
    <>
      <div className="nm" />
      <div className="tr ax">
        {ticks(scale).map((at) => (
          <span key={at} style={{ left: `${100 * scale.place(at)}%` }}>
            {textOf(at)}
          </span>
        ))}
        {scale.folds.map(({ from, to, at }) => (
          <b key={from} style={{ left: `${100 * at}%` }} title={`Nothing worked for ${length(to - from)}`}>
            {length(to - from)}
          </b>
        ))}
      </div>
      <div className="d ax">{isLive ? <b>now</b> : ''}</div>
    </>
  );
}

function Legend() {
  return (
    <div className="legend wide">
      <span>
        <i className="b q" /> in the queue
      </span>
      <span>
        <i className="b st-done" /> done
      </span>
      <span>
        <i className="b x" /> failed try
      </span>
      <span>
        <i className="b r" /> until next try
      </span>
      <span>
        <i className="b w" /> waits for a person
      </span>
    </div>
  );
}
