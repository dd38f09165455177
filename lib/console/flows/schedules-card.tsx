import { useState } from 'react';
import { call, newKey } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import type { Definition, Page, Summary } from '../api/wire.ts';
import { executionPlace, go, linkTo } from '../app/router.ts';
import { Icon } from '../parts/icons.tsx';
import { lookOf } from '../parts/state.ts';
import { Ago, Until } from '../parts/time.tsx';

interface Scheduled {
  readonly flow: string;
  readonly id: string;
  readonly nextAt?: string;
  readonly last?: { readonly executionId: string; readonly at: string; readonly status: string };
}

/** When it starts by itself, and how many executions are open. */
export function SchedulesCard({ flow, definition }: { readonly flow: string; readonly definition: Definition }) {
  const { schedules = [], fingerprint } = definition;
  const asked = schedules.length > 0 ? 'schedules' : undefined;
  const { value } = usePoll(asked, (signal) => call<Page<Scheduled>>('GET', '/schedules', { signal }), 10_000);
  const open = usePoll(
    `open ${flow}`,
    (signal) =>
      call<Page<Summary>>('GET', `/executions?flow=${encodeURIComponent(flow)}&status=open&limit=100`, { signal }),
    10_000,
  ).value;
  return (
    <section className="card pad">
      <h2>Schedules</h2>
      {schedules.length === 0 && <p className="soft s">None. It starts when it is asked to.</p>}
      <ul className="s">
        {schedules.map(({ id, cron, rate, timezone = 'UTC' }) => {
          const { nextAt, last } = value?.items.find((each) => each.flow === flow && each.id === id) ?? {};
          return (
            <li key={id} className="row schedule">
              <Icon name="clock" />
              <div>
                <b>{id}</b>
                <div className="quiet">
                  {rate === undefined ? `cron ${cron}` : `every ${rate}`} {timezone}
                </div>
                {last && (
                  <div>
                    last{' '}
                    <a className="link" {...linkTo(executionPlace(last.executionId))}>
                      <Ago at={last.at} />
                    </a>
                    , {lookOf(last.status).word.toLowerCase()}
                  </div>
                )}
              </div>
              <span className="row right">
                {nextAt === undefined ? 'no next time' : <Until at={nextAt} />}
                <StartNow flow={flow} id={id} />
              </span>
            </li>
          );
        })}
      </ul>
      <h2 className="next">Versions</h2>
      <div className="row s">
        <span className="mono" title={fingerprint}>
          {fingerprint.slice(0, 6)}
        </span>
        <span className="tag">starts use this</span>
        {open && (
          <a className="right link" {...linkTo(`/executions?flow=${encodeURIComponent(flow)}&status=open`)}>
            <b className="num">
              {open.items.length}
              {open.cursor === undefined ? '' : '+'}
            </b>{' '}
            open
          </a>
        )}
      </div>
    </section>
  );
}

/** Starts what the schedule starts, with its input. */
function StartNow({ flow, id }: { readonly flow: string; readonly id: string }) {
  const [problem, setProblem] = useState<string>();
  const [key] = useState(newKey);
  const start = () => {
    const path = `/schedules/${encodeURIComponent(flow)}/${encodeURIComponent(id)}/trigger`;
    call<{ executionId: string }>('POST', path, { body: {}, key }).then(
      ({ executionId }) => go(executionPlace(executionId)),
      (error: Error) => setProblem(error.message),
    );
  };
  return (
    <>
      <button type="button" className="btn" onClick={start} aria-label={`Start now: ${id}`}>
        Start now
      </button>
      {problem !== undefined && <span className="err">{problem}</span>}
    </>
  );
}
