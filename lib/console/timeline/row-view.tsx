import { memo } from 'react';
import type { HistorySummary } from '../api/history.ts';
import { StateIcon } from '../parts/chip.tsx';
import { length } from '../parts/times.ts';
import { densityOf, densityOfMinutes, STRIPS, shapesOf } from './density.ts';
import { MOST_BARS, type Row, type Span } from './rows.ts';
import type { Scale } from './scale.ts';

export interface RowProps {
  readonly row: Row;
  readonly scale: Scale;
  readonly now: number;
  readonly on: boolean;
  readonly minutes: HistorySummary['minutes'] | undefined;
  readonly onPick: () => void;
}

export const RowView = memo(function RowView({ row, scale, now, on, minutes, onPick }: RowProps) {
  const { box, times, workMs, spans } = row;
  const last = spans.at(-1);
  const isDense = times > MOST_BARS || spans.length > 4 * MOST_BARS;
  const classes = on ? ' on' : '';
  return (
    <>
      <button type="button" className={`nm${classes}${box.parent === undefined ? '' : ' in'}`} onClick={onPick}>
        <StateIcon state={stateOf(last)} />
        <span className="cut">{box.name}</span>
        {times > 1 && <span className="quiet">×{times}</span>}
      </button>
      <div className={`tr${classes}`}>
        {scale.folds.map(({ from, at }) => (
          <i key={from} className="fold" style={{ left: `${100 * at}%` }} />
        ))}
        {isDense ? <Density row={row} scale={scale} minutes={minutes} /> : <Bars row={row} scale={scale} now={now} />}
      </div>
      <div className={`d${classes}`}>{lastWord(row, now) ?? length(workMs)}</div>
    </>
  );
});

const CLASSES: Readonly<Record<Span['kind'], string>> = {
  queue: 'b q',
  done: 'b st-done',
  failed: 'b x',
  retry: 'b r',
  wait: 'b w',
  run: 'b st-running',
  sleep: 'b z',
};

const WORDS: Readonly<Record<Span['kind'], string>> = {
  queue: 'in the queue',
  done: 'done',
  failed: 'failed try',
  retry: 'until the next try',
  wait: 'waits for a person',
  run: 'running',
  sleep: 'asleep',
};

function Bars({ row: { spans, marks }, scale, now }: Pick<RowProps, 'row' | 'scale' | 'now'>) {
  return (
    <>
      {spans.map(({ kind, from, to = now }) => {
        if (to < scale.from || from > scale.to) return null;
        const left = scale.place(from);
        const width = Math.max(0, scale.place(to) - left);
        return (
          <i
            key={`${kind} ${from}`}
            className={CLASSES[kind]}
            style={{ left: `${100 * left}%`, width: `max(3px, ${100 * width}%)` }}
            title={`${WORDS[kind]}, ${length(to - from)}`}
          />
        );
      })}
      {marks
        .filter(({ at }) => at >= scale.from && at <= scale.to)
        .map(({ at, tone, title }) => (
          <i
            key={`${title} ${at}`}
            className={`b m st-${tone}`}
            style={{ left: `${100 * scale.place(at)}%` }}
            title={title}
          />
        ))}
    </>
  );
}

function Density({ row, scale, minutes }: Pick<RowProps, 'row' | 'scale' | 'minutes'>) {
  const strips = minutes ? densityOfMinutes(minutes, scale) : densityOf([row], scale);
  const { done, failed } = shapesOf(strips, 20);
  const sum = (kind: 'done' | 'failed') => strips.reduce((all, strip) => all + strip[kind], 0).toLocaleString('en');
  return (
    <svg className="dens" viewBox={`0 0 ${STRIPS} 20`} preserveAspectRatio="none" aria-hidden="true">
      <title>{`${sum('done')} done, ${sum('failed')} failed`}</title>
      <path className="done" d={done} />
      <path className="failed" d={failed} />
    </svg>
  );
}

function stateOf(last: Span | undefined): string {
  switch (last?.kind) {
    case 'failed':
      return 'failed';
    case 'retry':
      return last.to === undefined ? 'retrying' : 'done';
    case 'wait':
      return last.to === undefined ? 'waiting' : 'done';
    case 'sleep':
      return last.to === undefined ? 'sleeping' : 'done';
    case 'run':
      return 'running';
    default:
      return 'done';
  }
}

function lastWord({ spans, box, marks }: Row, now: number): string | undefined {
  const last = spans.at(-1);
  if (!last) return box.kind === 'source' && marks.length > 0 ? 'signal' : undefined;
  if (last.kind === 'wait')
    return last.to === undefined ? length(now - last.from) : `answered, ${length(last.to - last.from)}`;
  if (last.kind === 'retry' && last.to === undefined) return 'tries again';
  return undefined;
}
