import type { Summary } from '../api/wire.ts';
import { executionPlace, flowPlace, linkTo } from '../app/router.ts';
import { Bar } from '../parts/bar.tsx';
import { Chip, Tag } from '../parts/chip.tsx';
import { Icon } from '../parts/icons.tsx';
import { Ago, Line, Took } from '../parts/time.tsx';

export interface RowsProps {
  readonly items: readonly Summary[];
  /** Index of the row that the keyboard is at. */
  readonly cursor: number;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: readonly string[], on: boolean) => void;
}

export function Table({ items, cursor, selected, onSelect }: RowsProps) {
  const all = items.length > 0 && items.every(({ executionId }) => selected.has(executionId));
  const hasTags = items.some((item) => tagsOf(item).length > 0);
  const columns = ['c-check', 'c-status', 'c-id', 'c-now', 'c-flow', 'c-attributes', 'c-started', 'c-took'];
  return (
    <div className="card wide rows">
      <table className="grid">
        <colgroup>
          {columns
            .filter((name) => hasTags || name !== 'c-attributes')
            .map((name) => (
              <col key={name} className={name} />
            ))}
        </colgroup>
        <thead>
          <tr>
            <th>
              <Check
                label="Select all"
                on={all}
                onChange={(on) =>
                  onSelect(
                    items.map(({ executionId }) => executionId),
                    on,
                  )
                }
              />
            </th>
            <th>Status</th>
            <th>Execution</th>
            <th>Now</th>
            <th>Flow</th>
            {hasTags && <th>Attributes</th>}
            <th>Started</th>
            <th className="end">Took</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item, i) => (
            <Row key={item.executionId} {...{ item, selected, onSelect, hasTags }} here={i === cursor} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  item,
  here,
  selected,
  onSelect,
  hasTags,
}: Omit<RowsProps, 'items' | 'cursor'> & {
  readonly item: Summary;
  readonly here: boolean;
  readonly hasTags: boolean;
}) {
  const { executionId: id, flow, createdAt, closedAt } = item;
  const on = selected.has(id);
  return (
    <tr className={`${on ? 'sel' : ''} ${here ? 'cursor' : ''}`} aria-selected={on} data-id={id}>
      <td>
        <Check label={`Select ${id}`} on={on} onChange={(next) => onSelect([id], next)} />
      </td>
      <td>
        <Chip state={item.status} />
      </td>
      <td>
        <a className="cut block strong" {...linkTo(executionPlace(id))}>
          {item.title}
        </a>
        {item.title !== id && <div className="mono quiet cut">{id}</div>}
      </td>
      <td>
        <Line className="cut" text={item.now} />
        <Progress item={item} />
      </td>
      <td className="cut">
        <a className="link" {...linkTo(flowPlace(flow))}>
          {flow}
        </a>
      </td>
      {hasTags && (
        <td>
          <div className="row tags">
            {tagsOf(item).map(([name, value]) => (
              <Tag key={name} name={name} value={value} />
            ))}
          </div>
        </td>
      )}
      <td className="soft num s">
        <Ago at={createdAt} />
      </td>
      <td className="soft num s end">
        <Took from={createdAt} to={closedAt} />
      </td>
    </tr>
  );
}

/** Attributes; the title stands in the column of the execution. */
function tagsOf({ attributes = {} }: Summary) {
  return Object.entries(attributes).filter(([name]) => name !== 'title');
}

function Progress({ item }: { readonly item: Summary }) {
  const [counts] = item.lists ?? [];
  return counts ? <Bar counts={counts} small /> : null;
}

function Check({
  label,
  on,
  onChange,
}: {
  readonly label: string;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}) {
  return (
    <label className={on ? 'check on' : 'check'}>
      <input type="checkbox" className="sr" checked={on} onChange={(event) => onChange(event.target.checked)} />
      <span className="sr">{label}</span>
      {on && <Icon name="tick" />}
    </label>
  );
}

/** The list on a phone. */
export function Cards({ items }: Pick<RowsProps, 'items'>) {
  return (
    <ul className="phone cards">
      {items.map((item) => (
        <li key={item.executionId} className="card">
          <a className="block" {...linkTo(executionPlace(item.executionId))}>
            <div className="row">
              <Chip state={item.status} />
              <span className="quiet s right">
                <Ago at={item.createdAt} />
              </span>
            </div>
            <div className="name cut">
              <b>{item.title}</b> <span className="quiet s">{item.flow}</span>
            </div>
            <Line className="soft s cut" text={item.now} />
            <Progress item={item} />
          </a>
        </li>
      ))}
    </ul>
  );
}
