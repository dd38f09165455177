/** A ring with one segment per slot: filled segments have come. */
export function Ring({ here, all, size }: { readonly here: number; readonly all: number; readonly size: number }) {
  const radius = size / 2 - 3.5;
  const length = 2 * Math.PI * radius;
  const gap = all > 1 ? 4 : 0;
  const part = length / Math.max(1, all);
  return (
    <svg className="ring" width={size} height={size} viewBox={`0 0 ${size} ${size}`} aria-hidden="true">
      <circle cx={size / 2} cy={size / 2} r={size / 2 - 0.7} fill="var(--surface)" stroke="var(--line-strong)" />
      {Array.from({ length: all }, (_, i) => (
        <circle
          // biome-ignore lint/suspicious/noArrayIndexKey: segments have no other name
          key={i}
          cx={size / 2}
          cy={size / 2}
          r={radius}
          fill="none"
          strokeWidth="5"
          stroke={i < here ? 'var(--done)' : 'var(--line)'}
          strokeDasharray={`${Math.max(1, part - gap)} ${length}`}
          strokeDashoffset={-i * part}
          transform={`rotate(-90 ${size / 2} ${size / 2})`}
        />
      ))}
    </svg>
  );
}
