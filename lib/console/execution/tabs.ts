export const TABS = [
  { name: 'graph', label: 'Graph and timeline' },
  { name: 'answers', label: 'Answers' },
  { name: 'state', label: 'State' },
  { name: 'stream', label: 'Stream' },
  { name: 'interventions', label: 'Interventions' },
  { name: 'raw', label: 'Raw' },
] as const;

export type TabName = (typeof TABS)[number]['name'];

export function tabOf(query: URLSearchParams): TabName {
  const wanted = query.get('tab');
  return TABS.find(({ name }) => name === wanted)?.name ?? 'graph';
}
