/** Rows of a long history: how often each box ran comes from the summary, because not all records are here. */
import { boxOf, type HistorySummary } from '../api/history.ts';
import type { Row } from './rows.ts';

export function counted(rows: readonly Row[], summary: HistorySummary | undefined): readonly Row[] {
  if (!summary) return rows;
  const nodes = new Map(Object.values(summary.nodes).map((node) => [boxOf(node), node]));
  return rows.map((row) => {
    const { id, inside = [] } = row.box;
    const prefix = id.slice(0, id.lastIndexOf('|') + 1);
    const own = [id, ...inside.map((each) => prefix + each)].flatMap((each) => nodes.get(each) ?? []);
    const times = own.reduce((all, { started }) => all + started, 0);
    const workMs = own.reduce((all, { totalMs = 0 }) => all + totalMs, 0);
    return { ...row, times: Math.max(row.times, times), workMs: Math.max(row.workMs, workMs) };
  });
}
