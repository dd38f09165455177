/** Icons of 16 units. Each state has a shape of its own, so that colour is never the only sign. */
import type { ReactNode } from 'react';

const line = {
  fill: 'none',
  stroke: 'currentColor',
  strokeWidth: 1.6,
  strokeLinecap: 'round',
  strokeLinejoin: 'round',
} as const;
const solid = { fill: 'currentColor' } as const;

const SHAPES = {
  running: (
    <>
      <circle cx="8" cy="8" r="6.2" {...line} opacity=".28" />
      <path className="spin" d="M8 1.8A6.2 6.2 0 0 1 14.2 8" {...line} strokeWidth="2" />
    </>
  ),
  done: (
    <>
      <circle cx="8" cy="8" r="7" {...solid} />
      <path d="M4.9 8.3l2.1 2.1 4.1-4.6" {...line} stroke="var(--surface)" strokeWidth="1.7" />
    </>
  ),
  retrying: (
    <>
      <path d="M13.6 8a5.6 5.6 0 1 1-1.7-4" {...line} strokeWidth="1.8" />
      <path d="M13.9 1.4v3.4h-3.4" {...line} strokeWidth="1.8" />
    </>
  ),
  waiting: (
    <>
      <circle cx="8" cy="4.9" r="3.1" {...solid} />
      <path d="M2.2 14.2c.4-3.2 2.8-5 5.8-5s5.4 1.8 5.8 5z" {...solid} />
    </>
  ),
  failed: (
    <>
      <path d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.800V5.2z" {...solid} />
      <path d="M5.7 5.7l4.6 4.6M10.3 5.700l-4.600 4.600" {...line} stroke="var(--surface)" strokeWidth="1.7" />
    </>
  ),
  sleeping: <path d="M13.7 9.9A6.2 6.2 0 0 1 6.100 2.300a6.200 6.200 0 1 0 7.600 7.600z" {...solid} />,
  paused: (
    <>
      <rect x="3.5" y="2.5" width="3" height="11" rx="1" {...solid} />
      <rect x="9.5" y="2.5" width="3" height="11" rx="1" {...solid} />
    </>
  ),
  blocked: (
    <>
      <rect x="2.8" y="7" width="10.4" height="7" rx="1.5" {...solid} />
      <path d="M5 7V5a3 3 0 0 1 6 0v2" {...line} />
    </>
  ),
  cancelled: (
    <>
      <circle cx="8" cy="8" r="6.2" {...line} />
      <path d="M3.800 3.800l8.400 8.400" {...line} />
    </>
  ),
  skipped: (
    <>
      <path d="M2.5 4l4.5 4-4.5 4zM8 4l4.5 4L8 12z" {...solid} opacity=".85" />
      <path d="M14 4v8" {...line} />
    </>
  ),
  later: <circle cx="8" cy="8" r="6" {...line} strokeDasharray="2.2 2.6" />,
  play: <path d="M4.5 2.5l9 5.5-9 5.5z" {...solid} />,
  signal: <path d="M9.200 1L3 9.200h4L6.300 15 13 6.400H8.700z" {...solid} />,
  choice: <path d="M8 1.8l6.2 6.2L8 14.2 1.8 8z" {...line} />,
  list: <path d="M2.5 4h11M2.5 8h11M2.5 12h7" {...line} />,
  frame: (
    <>
      <rect x="1.8" y="1.8" width="12.4" height="12.4" rx="2.5" {...line} />
      <rect x="5.3" y="5.300" width="5.4" height="5.4" rx="1" {...solid} />
    </>
  ),
  executions: <path d="M2 4h12M2 8h8M2 12h10" {...line} />,
  approvals: <path d="M2 9l2-6.5h8L14 9v4.5H2zM2 9h3.5l1 2h3l1-2H14" {...line} />,
  flows: (
    <>
      <rect x="1.5" y="5.5" width="4" height="5" rx="1" {...line} />
      <rect x="10.5" y="1.8" width="4" height="4.5" rx="1" {...line} />
      <rect x="10.5" y="9.7" width="4" height="4.5" rx="1" {...line} />
      <path d="M5.5 8h2.500M8 8V4h2.5M8 8v4h2.5" {...line} />
    </>
  ),
  find: (
    <>
      <circle cx="7" cy="7" r="4.6" {...line} />
      <path d="M10.5 10.5L14 14" {...line} />
    </>
  ),
  plus: <path d="M8 3v10M3 8h10" {...line} />,
  minus: <path d="M3 8h10" {...line} />,
  fit: <path d="M2 5.5V2h3.5M10.5 2H14v3.5M14 10.5V14h-3.5M5.5 14H2v-3.5" {...line} />,
  down: <path d="M4 6l4 4 4-4" {...line} />,
  back: <path d="M10 3.5L5.500 8l4.500 4.500" {...line} />,
  next: <path d="M6 3.5L10.5 8 6 12.5" {...line} />,
  close: <path d="M3.500 3.500l9 9M12.500 3.500l-9 9" {...line} />,
  tick: <path d="M3.500 8.500l3 3 6-7" {...line} strokeWidth="2" />,
  more: (
    <>
      <circle cx="3.500" cy="8" r="1.3" {...solid} />
      <circle cx="8" cy="8" r="1.300" {...solid} />
      <circle cx="12.500" cy="8" r="1.300" {...solid} />
    </>
  ),
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8.5" height="8.5" rx="1.5" {...line} />
      <path d="M10.5 2.5H3.5a1 1 0 0 0-1 1v7" {...line} />
    </>
  ),
  link: (
    <path
      d="M6.5 9.5l3-3M7 4.500l1.500-1.500a3 3 0 0 1 4.500 4.500L11.500 9M9 11.500L7.500 13A3 3 0 0 1 3 8.500L4.500 7"
      {...line}
    />
  ),
  clock: (
    <>
      <circle cx="8" cy="8" r="6.2" {...line} />
      <path d="M8 4.5V8l2.5 1.5" {...line} />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="6.2" {...line} />
      <path d="M8 7.200v3.800M8 4.900v.1" {...line} />
    </>
  ),
  offline: <path d="M2 6a9 9 0 0 1 12 0M4.500 9a5.500 5.500 0 0 1 7 0M8 12.500v.1M2.500 2.500l11 11" {...line} />,
  sun: (
    <>
      <circle cx="8" cy="8" r="3" {...line} />
      <path d="M8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1" {...line} />
    </>
  ),
} as const satisfies Readonly<Record<string, ReactNode>>;

export type IconName = keyof typeof SHAPES;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="i" viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[name]}
    </svg>
  );
}
