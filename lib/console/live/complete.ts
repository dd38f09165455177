/** Adds to a view what goes on, counted from the records, where the API does not say it. */
import { boxOf, type Doing, type Item, type OpenJoin, type OpenList, type View } from '../api/history.ts';
import type { Box, Drawing } from '../graph/drawing.ts';
import { type Activity, activityOf } from './activity.ts';
import { doingFrom } from './doing.ts';

export function complete(view: View, items: readonly Item[], drawing: Drawing, activity = activityOf(items)): View {
  if (view.lifecycle === 'closed' || items.length === 0) return view;
  // Ends of what the first records began may be among those that were not read.
  const doing = view.doing ?? (activity.isCounted ? [] : doingFrom(items));
  return {
    ...view,
    doing,
    joins: view.joins ?? joinsFrom(items, drawing, activity),
    lists: view.lists ?? listsFrom(items, drawing, activity, doing),
  };
}

function missingOf(slots: readonly string[], have: OpenJoin['have']): readonly string[] {
  return slots.filter((name) => !have.some((each) => each.name === name));
}

/** A slot is filled where the box before it has handed its value on. */
function joinsFrom(items: readonly Item[], { boxes, lines }: Drawing, { joined }: Activity): readonly OpenJoin[] {
  const handed = new Map<string, string>();
  for (const { node, path, next = [], at } of items) {
    if (node === undefined) continue;
    const from = boxOf({ node, ...(path === undefined ? {} : { path }) });
    const prefix = prefixOf(from);
    for (const to of next) handed.set(`${from} > ${prefix}${to}`, at);
  }
  return boxes.flatMap((box) => {
    const { id, kind, slots = [] } = box;
    if ((kind !== 'join' && kind !== 'gather') || joined.has(id)) return [];
    const have = slots.flatMap((name) => {
      const line = lines.find(({ from, to, slot }) => to === id && slot === name && handed.has(`${from} > ${id}`));
      const at = line && handed.get(`${line.from} > ${id}`);
      return at === undefined ? [] : [{ name, at }];
    });
    const missing = missingOf(slots, have);
    return have.length === 0 || missing.length === 0 ? [] : [{ ...placeOf(id), scope: id, have, missing }];
  });
}

/** An item is done when the last step has its output. */
function listsFrom(
  items: readonly Item[],
  { boxes }: Drawing,
  { nodes, ended }: Activity,
  doing: readonly Doing[],
): readonly OpenList[] {
  return boxes.flatMap((box) => {
    if (box.kind !== 'list' || ended[box.id]) return [];
    const opened = items.filter(
      (item) => item.type === 'items_opened' && item.node !== undefined && idOf(item) === box.id,
    );
    if (opened.length === 0) return [];
    const inside = insideOf(box);
    const total = opened.reduce((sum, { count = 0 }) => sum + count, 0);
    const failed = inside.reduce((sum, id) => sum + (nodes[id]?.failed ?? 0), 0);
    const done = nodes[inside.at(-1) ?? '']?.succeeded ?? 0;
    const now = doing.filter((each) => inside.includes(boxOf(each)));
    const count = (state: Doing['state']) => now.filter((each) => each.state === state).length;
    const counts = { running: count('running'), retrying: count('retrying'), waiting: count('waiting') };
    return [{ ...placeOf(box.id), scope: box.id, total, done, failed, ...counts }];
  });
}

function idOf({ node = '', path }: Item): string {
  return boxOf({ node, ...(path === undefined ? {} : { path }) });
}

function insideOf({ id, inside = [] }: Box): readonly string[] {
  return inside.map((each) => prefixOf(id) + each);
}

function prefixOf(id: string): string {
  return id.slice(0, id.lastIndexOf('|') + 1);
}

function placeOf(id: string): { readonly node: string; readonly path: readonly string[] } {
  const parts = id.split('|');
  return { node: parts.at(-1) ?? '', path: parts.slice(0, -1) };
}
