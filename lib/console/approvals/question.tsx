import { withoutAnswer } from '../../forms/expiry.ts';
import { type Fact, factsOf } from '../../forms/facts.ts';
import { call } from '../api/call.ts';
import { waitPath } from '../api/paths.ts';
import { usePoll } from '../api/poll.ts';
import type { Wait } from '../api/wire.ts';
import { executionPlace, flowPlace, linkTo } from '../app/router.ts';
import { Skeleton } from '../parts/empty.tsx';
import { Failure } from '../parts/failure.tsx';
import { JsonView } from '../parts/json-view.tsx';
import { Ago, Until } from '../parts/time.tsx';
import { AnswerForm } from './answer-form.tsx';
import { LinkButton } from './link-button.tsx';
import { keyOf } from './waits.ts';

/** One wait: what is asked, the facts, and the form. */
export function Question({ wait, onAnswered }: { readonly wait: Wait; readonly onAnswered: () => void }) {
  const { executionId } = wait;
  const path = `${waitPath(wait)}?generation=${wait.generation ?? 0}`;
  const { value, error } = usePoll(path, (signal) => call<Wait>('GET', path, { signal }), 5_000);
  const { question, askedBy, rows } = factsOf(wait);
  const ended = value?.outcome !== undefined && value.outcome !== 'pending';
  return (
    <article className="question" key={keyOf(wait)}>
      <div className="row s">
        <a className="link" {...linkTo(flowPlace(wait.flow))}>
          {wait.flow}
        </a>
        <span className="quiet">·</span>
        <a className="link mono cut" {...linkTo(executionPlace(executionId))}>
          {executionId}
        </a>
        <span className="right">
          <LinkButton wait={wait} />
        </span>
      </div>
      <h2 className="asked">{question}</h2>
      <p className="soft">
        Asked{' '}
        {askedBy !== undefined && (
          <>
            by <b>{askedBy}</b>,{' '}
          </>
        )}
        <Ago at={wait.createdAt} />.{wait.requireActor ? ' Only somebody who is signed in may answer.' : ''}
        {wait.expiresAt !== undefined && (
          <>
            {' '}
            It expires <Until at={wait.expiresAt} />. {wait.onExpiry === undefined ? '' : withoutAnswer(wait.onExpiry)}
          </>
        )}
      </p>
      <dl className="answers">
        {rows.map((fact) => (
          <div key={fact.label} className={fact.isWide ? 'wide-fact' : undefined}>
            <dt>{fact.label}</dt>
            <dd className={fact.isMain ? 'main' : undefined}>
              <Value {...fact} />
            </dd>
          </div>
        ))}
      </dl>
      {error && <Failure error={error} />}
      {!value && !error && <Skeleton rows={2} />}
      {ended && <Ended wait={value} />}
      {value && !ended && <AnswerForm key={keyOf(wait)} wait={wait} schema={value.schema} onAnswered={onAnswered} />}
    </article>
  );
}

function Ended({ wait: { outcome, resolvedAt, resolvedBy } }: { readonly wait: Wait }) {
  return (
    <p className="strip">
      <b>{outcome === 'accepted' ? 'Answered' : 'No answer is needed any more'}</b>
      {resolvedBy && <span>by {resolvedBy}</span>}
      {resolvedAt && <Ago at={resolvedAt} />}
    </p>
  );
}

function Value({ shown }: Fact) {
  switch (shown.kind) {
    case 'text':
      return shown.text;
    case 'time':
      return <time dateTime={shown.at}>{shown.text}</time>;
    case 'list':
      return shown.lines.join('\n');
    case 'json':
      return <JsonView value={shown.value} />;
  }
}
