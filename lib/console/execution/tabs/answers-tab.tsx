import { factsOf } from '../../../forms/facts.ts';
import type { Item, View } from '../../api/history.ts';
import { linkTo } from '../../app/router.ts';
import { keyOf } from '../../approvals/waits.ts';
import { Empty } from '../../parts/empty.tsx';
import { Icon, type IconName } from '../../parts/icons.tsx';
import { JsonView } from '../../parts/json-view.tsx';
import { Ago } from '../../parts/time.tsx';
import type { History } from '../use-history.ts';

const TYPES: Readonly<Record<string, { readonly icon: IconName; readonly tone: string; readonly word: string }>> = {
  answered: { icon: 'done', tone: 'done', word: 'answered' },
  expired: { icon: 'clock', tone: 'retrying', word: 'nobody answered in time' },
  withdrawn: { icon: 'cancelled', tone: 'idle', word: 'no answer needed any more' },
  reminded: { icon: 'clock', tone: 'retrying', word: 'reminded' },
  escalated: { icon: 'clock', tone: 'retrying', word: 'escalated' },
};

/** Who was asked what, and who answered when. */
export function AnswersTab({
  view,
  history,
}: {
  readonly view: View;
  readonly history: History;
  readonly refresh: () => void;
}) {
  const given = history.items.filter(({ type }) => Object.hasOwn(TYPES, type));
  const { interrupts } = view;
  return (
    <div className="page tab-page">
      <section className="card">
        {interrupts.length + given.length === 0 && (
          <Empty icon="waiting" title="Nobody was asked anything" text="A chunk asks with ctx.pauseFor." />
        )}
        {interrupts.map((wait) => (
          <div key={wait.interruptId} className="sec row">
            <span className="st-waiting ic">
              <Icon name="waiting" />
            </span>
            <div className="grow">
              <b>{factsOf(wait).question}</b>
              <div className="soft s">
                {wait.type}, asked <Ago at={wait.createdAt} />
              </div>
            </div>
            <a className="btn primary" {...linkTo(`/approvals?wait=${encodeURIComponent(keyOf(wait))}`)}>
              Answer…
            </a>
          </div>
        ))}
        {given.toReversed().map((item) => (
          <Given key={item.seq} item={item} />
        ))}
      </section>
    </div>
  );
}

function Given({ item }: { readonly item: Item }) {
  const look = TYPES[item.type];
  if (!look) return null;
  const who = item.actor ?? item.claimed;
  return (
    <div className="sec">
      <div className="row">
        <span className={`st-${look.tone} ic`}>
          <Icon name={look.icon} />
        </span>
        <div className="grow">
          <b>{who ?? item.chunk ?? item.interruptId}</b> {look.word}
          <div className="soft s">
            {item.chunk} · <Ago at={item.at} />
            {item.type === 'answered' &&
              `, ${item.verified ? 'signed in' : item.via === 'link' ? 'by link, not verified' : 'not verified'}`}
          </div>
        </div>
      </div>
      {item.value !== undefined && <JsonView value={item.value} label="Answer" />}
    </div>
  );
}
