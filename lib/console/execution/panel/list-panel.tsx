import { useMemo } from 'react';
import { boxOf } from '../../api/history.ts';
import { Bar } from '../../parts/bar.tsx';
import { StateIcon } from '../../parts/chip.tsx';
import { lookOf } from '../../parts/state.ts';
import { length } from '../../parts/times.ts';
import { createReasons, stepsOf } from './list-facts.ts';
import type { PanelProps } from './panel.tsx';

/** How far a list is, what each step costs, and why items failed. */
export function ListPanel({ box, live, view, history: { items, summary }, activity }: PanelProps) {
  const counts = live?.counts;
  const steps = stepsOf(box, activity);
  const read = useMemo(() => createReasons(box), [box]);
  const reasons = useMemo(() => read(items, summary), [read, items, summary]);
  const left = counts
    ? counts.total - counts.done - counts.failed - counts.running - counts.retrying - counts.waiting
    : 0;
  const doing = (view.doing ?? []).filter((each) => (box.inside ?? []).includes(boxOf(each)));
  return (
    <>
      <div className="pad-x">
        <p className="soft s">
          {counts ? `For each of ${counts.total.toLocaleString('en')}` : 'For each item'}
          {box.note ? `, ${box.note}` : ''}.
        </p>
        {counts && (
          <>
            <Bar counts={counts} />
            <dl className="cnt">
              {(['done', 'running', 'retrying', 'waiting', 'failed'] as const).map((part) => (
                <div key={part}>
                  <dt>
                    <StateIcon state={part} /> {lookOf(part).word}
                  </dt>
                  <dd>{counts[part].toLocaleString('en')}</dd>
                </div>
              ))}
              <div>
                <dt>
                  <StateIcon state="later" /> Not yet
                </dt>
                <dd>{Math.max(0, left).toLocaleString('en')}</dd>
              </div>
            </dl>
          </>
        )}
      </div>
      <div className="sec">
        <h3>Steps of each item</h3>
        <ol className="steps">
          {steps.map(({ name, started, succeeded, failed, mean }) => (
            <li key={name}>
              <b>{name}</b>
              <span className="soft s">
                {started > succeeded + failed ? `${started - succeeded - failed} under way, ` : ''}
                {succeeded.toLocaleString('en')} done{failed > 0 ? `, ${failed} failed` : ''}
                {mean === undefined ? '' : ` · about ${length(mean)} each`}
              </span>
            </li>
          ))}
        </ol>
      </div>
      {reasons.length > 0 && (
        <div className="sec">
          <h3>Failed, by reason</h3>
          <ul className="reasons">
            {reasons.map(({ message, count, items }) => (
              <li key={message} className="row s">
                <StateIcon state="failed" />
                <b className="num">{count} ×</b>
                <span className="grow">{message}</span>
                <span className="quiet cut">{items.join(', ')}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {doing.length > 0 && (
        <div className="sec">
          <h3>Now</h3>
          <ul className="reasons">
            {doing.slice(0, 20).map(({ activationId, chunk, items, state, attempt, maxAttempts, error }) => (
              <li key={activationId} className="row s">
                <StateIcon state={state} />
                <span className="grow">
                  {chunk} <span className="quiet">item {items}</span>
                </span>
                <span className="quiet cut" title={error?.message}>
                  {attempt}
                  {maxAttempts === undefined ? '' : ` of ${maxAttempts}`}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
