import type { ReactNode } from 'react';
import { Icon, type IconName } from './icons.tsx';

/** Says that there is nothing, and what to do next. */
export function Empty({
  icon,
  title,
  text,
  children,
}: {
  readonly icon?: IconName;
  readonly title: string;
  readonly text: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <div className="empty">
      {icon && (
        <span className="art">
          <Icon name={icon} />
        </span>
      )}
      <h2>{title}</h2>
      <p>{text}</p>
      {children && <div className="row acts">{children}</div>}
    </div>
  );
}

export function Skeleton({ rows = 3 }: { readonly rows?: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: equal rows without content
        <div key={i} className="row">
          <s className="pill" />
          <s className="long" />
          <s className="short" />
        </div>
      ))}
    </div>
  );
}
