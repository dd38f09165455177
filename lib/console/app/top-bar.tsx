import { useState } from 'react';
import { useConnection } from '../api/connection.ts';
import { useWaiting } from '../approvals/use-waits.ts';
import { Icon, type IconName } from '../parts/icons.tsx';
import { Find } from './find.tsx';
import { linkTo, usePlace } from './router.ts';
import { nextTheme, themeNow } from './theme.ts';

const ROOMS: readonly { readonly to: string; readonly name: string; readonly icon: IconName }[] = [
  { to: '/executions', name: 'Executions', icon: 'executions' },
  { to: '/approvals', name: 'Approvals', icon: 'approvals' },
  { to: '/flows', name: 'Flows', icon: 'flows' },
];

export function TopBar() {
  const { path } = usePlace();
  const { live } = useConnection();
  const waiting = useWaiting();
  return (
    <header className="top">
      <a className="brand" {...linkTo('/executions')}>
        <Mark />
        <span className="wide">durable-triggerflow</span>
        <span className="phone sr">durable-triggerflow</span>
      </a>
      <nav className="nav" aria-label="Main">
        {ROOMS.map(({ to, name, icon }) => (
          <a key={to} aria-current={path.startsWith(to) ? 'page' : undefined} {...linkTo(to)}>
            <Icon name={icon} />
            {name}
            {to === '/approvals' && waiting !== undefined && waiting !== '0' && (
              <span className="badge">{waiting}</span>
            )}
          </a>
        ))}
      </nav>
      <div className="row right">
        <Find />
        <ThemeButton />
        <div className="stage" title={live ? 'The API answers.' : 'The API does not answer.'}>
          <span className={live ? 'dot' : 'dot off'} />
          {stageName()} · {live ? 'live' : 'not connected'}
        </div>
      </div>
    </header>
  );
}

/** The local server of a stage writes its name into the page. */
function stageName(): string {
  return document.querySelector<HTMLMetaElement>('meta[name=stage]')?.content || 'local';
}

function ThemeButton() {
  const [theme, setTheme] = useState(themeNow);
  const label = `Colours: ${theme === 'system' ? 'as the system' : theme}. Change`;
  return (
    <button
      type="button"
      className="btn bare icon wide"
      aria-label={label}
      title={label}
      onClick={() => setTheme(nextTheme())}
    >
      <Icon name={theme === 'dark' ? 'sleeping' : 'sun'} />
    </button>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 22 22" aria-hidden="true">
      <path
        d="M4 5.5h5l5 5.5h4M4 16.5h5l5-5.5"
        fill="none"
        stroke="var(--ink)"
        strokeWidth="2.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="4" cy="5.5" r="2.6" fill="var(--done)" />
      <circle cx="4" cy="16.5" r="2.6" fill="var(--accent)" />
      <circle cx="18" cy="11" r="2.6" fill="var(--surface)" stroke="var(--ink)" strokeWidth="1.8" />
    </svg>
  );
}
