import { useState } from 'react';
import { dateWords } from '../../forms/words.ts';
import type { View } from '../api/history.ts';
import { executionPlace, flowPlace, linkTo } from '../app/router.ts';
import { Chip, Tag } from '../parts/chip.tsx';
import { Icon } from '../parts/icons.tsx';
import { Ago } from '../parts/time.tsx';
import { Actions } from './action-bar.tsx';
import { NowLine } from './now-line.tsx';
import type { Execution } from './use-execution.ts';

/** The first line: what is it doing, for whom does it wait, why did it fail, what can I do. */
export function Header({
  id,
  view,
  execution,
}: {
  readonly id: string;
  readonly view: View;
  readonly execution: Execution;
}) {
  const { definition } = execution;
  const attributes = Object.entries(view.attributes ?? {}).filter(([name]) => name !== 'title');
  return (
    <div className="headx">
      <div className="row">
        <a className="btn bare icon" {...linkTo('/executions')}>
          <Icon name="back" />
          <span className="sr">Back to the executions</span>
        </a>
        <h1 className="cut">{titleOf(view, id)}</h1>
        <Chip state={view.status} />
        <div className="row right">
          <Actions view={view} execution={execution} />
        </div>
      </div>
      <div className="row s soft meta">
        <a className="link" {...linkTo(flowPlace(view.flow))}>
          {view.flow}
        </a>
        <Id id={id} />
        <span>
          started <Ago at={view.createdAt} />
        </span>
        {view.closedAt !== undefined && (
          <span>
            ended <Ago at={view.closedAt} />
          </span>
        )}
        {view.keptUntil !== undefined && (
          <span className="wide" title={view.keptUntil}>
            kept until {dateWords(view.keptUntil.slice(0, 10))}
          </span>
        )}
        {view.forkedFrom !== undefined && (
          <span>
            copy of{' '}
            <a className="link" {...linkTo(executionPlace(view.forkedFrom))}>
              {view.forkedFrom}
            </a>
          </span>
        )}
        {attributes.map(([name, value]) => (
          <Tag key={name} name={name} value={value} />
        ))}
        {definition && (
          <span className="quiet wide" title={definition.fingerprint}>
            version {definition.fingerprint.slice(0, 6)}
          </span>
        )}
      </div>
      <NowLine view={view} />
    </div>
  );
}

function titleOf({ title, attributes }: View, id: string): string {
  const named = title ?? attributes?.title;
  return named === undefined ? id : String(named);
}

function Id({ id }: { readonly id: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(id).then(
      () => setCopied(true),
      () => undefined,
    );
  return (
    <button type="button" className="id mono" title="Copy the id" onClick={() => void copy()}>
      {id} {copied ? <Icon name="tick" /> : <Icon name="copy" />}
    </button>
  );
}
