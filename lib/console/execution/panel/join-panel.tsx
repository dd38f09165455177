import { boxOf } from '../../api/history.ts';
import { StateIcon } from '../../parts/chip.tsx';
import { Ago } from '../../parts/time.tsx';
import type { PanelProps } from './panel.tsx';

/** What a join has and what it lacks, for each scope that is open. */
export function JoinPanel({ box, live, view }: PanelProps) {
  const open = (view.joins ?? []).filter((each) => boxOf(each) === box.id);
  if (open.length === 0) {
    return (
      <p className="pad soft">{live?.isFull ? 'All it needed has come, and it went on.' : 'Nothing has come yet.'}</p>
    );
  }
  return (
    <>
      {open.map(({ scope, have, missing }) => (
        <div key={scope} className="sec">
          <h3>
            {have.length} of {have.length + missing.length} are here
            {open.length > 1 && <span className="quiet mono cut">{scope}</span>}
          </h3>
          <ul className="reasons">
            {have.map(({ name, at, by }) => (
              <li key={name} className="row s">
                <StateIcon state="done" />
                <b>{name}</b>
                <span className="quiet right">
                  {by === undefined ? '' : `from ${by}, `}
                  {at !== undefined && <Ago at={at} />}
                </span>
              </li>
            ))}
            {missing.map((name) => (
              <li key={name} className="row s">
                <StateIcon state="later" />
                <b>{name}</b>
                <span className="quiet right">missing</span>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </>
  );
}
