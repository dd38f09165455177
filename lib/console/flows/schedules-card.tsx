import { call } from '../api/call.ts';
import { usePoll } from '../api/poll.ts';
import type { Definition, Page, Summary } from '../api/wire.ts';
import { linkTo } from '../app/router.ts';
import { Icon } from '../parts/icons.tsx';
import { Until } from '../parts/time.tsx';

interface Scheduled {
  readonly flow: string;
  readonly id: string;
  readonly nextAt?: string;
}

/** When it starts by itself, and how many executions are open. */
export function SchedulesCard({ flow, definition }: { readonly flow: string; readonly definition: Definition }) {
  const { schedules = [], fingerprint } = definition;
  const asked = schedules.length > 0 ? 'schedules' : undefined;
  const { value } = usePoll(asked, (signal) => call<Page<Scheduled>>('GET', '/schedules', { signal }), undefined);
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
        {schedules.map(({ id, cron, rate, timezone }) => {
          const next = value?.items.find((each) => each.flow === flow && each.id === id)?.nextAt;
          return (
            <li key={id} className="row schedule">
              <Icon name="clock" />
              <div>
                <b>{id}</b>
                <div className="quiet">
                  {rate === undefined ? `cron ${cron}` : `every ${rate}`} {timezone}
                </div>
              </div>
              {next !== undefined && (
                <span className="right">
                  <Until at={next} />
                </span>
              )}
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
