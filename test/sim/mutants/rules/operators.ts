import type { Mutants } from '../mutant.ts';

export const operators: Mutants = {
  'batch-limit-ignored': {
    breaks: 'All branches of a batch start at once.',
    file: 'lib/engine/frames/slots.ts',
    find: "  return (node && 'concurrency' in node ? node.concurrency : undefined) ?? Infinity;",
    replace: "  return (node?.kind === 'forEach' ? node.concurrency : undefined) ?? Infinity;",
  },
  'collection-not-reset': {
    breaks: 'A collection that should restart keeps its values when it fires.',
    file: 'lib/engine/operators/collect.ts',
    find: `  if (collection.mode === 'reset') transition.head.joins.splice(transition.head.joins.indexOf(row), 1);
`,
    replace: '',
  },
  'denied-task-runs': {
    breaks: 'A task runs without its approval.',
    file: 'lib/flow/tasks/tasks.ts',
    find: "      if (approval.status === 'approved') return run(derived);",
    replace: "      if (approval.status !== 'pending') return run(derived);",
  },
  'ended-sub-flow-dropped': {
    breaks: 'An ended sub-flow is deleted together with the failures of its side branches.',
    file: 'lib/engine/frames/children.ts',
    find: `  if (head.activations.some((each) => isWithin(head, each, scope))) frame.over = true;
  else dropChild(head, scope, inside);`,
    replace: '  dropChild(head, scope, inside);',
  },
  'failed-side-holds-sub-flow': {
    breaks: 'A failed side branch keeps its sub-flow from ending.',
    file: 'lib/engine/running/idle-children.ts',
    find: '  const countsSides = frame.over || frame.parent.side;',
    replace: '  const countsSides = frame.over || !frame.parent.side;',
  },
  'frames-stay': {
    breaks: 'The frame of a completed batch, list or match is not deleted.',
    file: 'lib/engine/frames/ends.ts',
    find: `  dropFrame(transition.head, scope);
`,
    replace: '',
  },
  'ids-by-arrival': {
    breaks: 'Activation ids depend on the order of arrival.',
    file: 'lib/engine/running/dispatch.ts',
    find: '  return idAt(transition.head.id, place, ordinal);',
    replace:
      '  return idAt(transition.head.id, [node, origin.scope, String(transition.head.fence), String(transition.head.activations.length)], ordinal);',
  },
  'ids-without-cause': {
    breaks: 'Activation ids depend on position and scope alone.',
    file: 'lib/engine/running/dispatch.ts',
    find: '  return idAt(transition.head.id, place, ordinal);',
    replace: "  return idAt(transition.head.id, [origin.home ?? '', node, origin.scope], ordinal);",
  },
  'answered-item-ignores-cap': {
    breaks: 'An answered item runs without waiting for a slot.',
    file: 'lib/engine/frames/slots.ts',
    find: '    if (hasIdle && !row.failed && !isGranted(transition, row)) row.parked = true;',
    replace: '    if (hasIdle && row.attempt < 0) row.parked = true;',
  },
  'cap-counts-only-rows': {
    breaks: 'An item frees its slot while an inner list has items to start.',
    file: 'lib/engine/frames/busy.ts',
    find: '  const open = isValid ? [] : Object.values(head.frames).filter(hasMore);',
    replace: '  const open = Object.values(head.frames).slice(0, 0);',
  },
  'failed-item-drops-signals': {
    breaks: 'Signals that an item has queued are lost when it fails.',
    file: 'lib/engine/work/drops.ts',
    find: '  head.signals = head.signals.filter((each) => !goes(each));',
    replace: '  head.signals = head.signals.filter((each) => each.scope !== joinsIn);',
  },
  'failed-item-drops-listeners': {
    breaks: 'A failed item ends the chains that its signals started.',
    file: 'lib/engine/work/drops.ts',
    find: '      if (at === dropped) return branch !== undefined && (only === undefined || branch === only);',
    replace: '      if (at === dropped) return branch !== undefined || node !== undefined;',
  },
  'no-output-unfilled': {
    breaks: 'An item without a result leaves its place unfilled although its list collects errors.',
    file: 'lib/engine/operators/for-each.ts',
    find: "  if (frame.over || transition.head.closing === 'cancelled') return false;",
    replace: '  if (frame.index >= 0) return false;',
  },
  'sub-flow-cap-ignored': {
    breaks: 'The cap of a sub-flow is ignored.',
    file: 'lib/engine/limits/permits.ts',
    find: "    if (frame?.kind === 'child' && frame.concurrency !== undefined)",
    replace: "    if (frame.kind === 'child' && frame.concurrency === 0)",
  },
  'items-by-arrival': {
    breaks: 'The results of a list are in the order of arrival.',
    file: 'lib/engine/frames/ends.ts',
    find: '  list.slots[item.index] = list.over ? literal(null) : result;',
    replace: '  list.slots[Object.keys(list.slots).length] = result;',
  },
  'items-limit-ignored': {
    breaks: 'All items of a list start at once.',
    file: 'lib/engine/frames/slots.ts',
    find: "  return (node && 'concurrency' in node ? node.concurrency : undefined) ?? Infinity;",
    replace: "  return (node?.kind === 'batch' ? node.concurrency : undefined) ?? Infinity;",
  },
  'join-generation-lost': {
    breaks: 'Activations started by a join have the same id in every generation.',
    file: 'lib/engine/frames/join-rows.ts',
    find: '  return hashId(...ids.flat());',
    replace: '  return hashId(row.node, row.scope, ids.length);',
  },
  'join-scope-ignored': {
    breaks: 'Signals of different scopes meet in a join.',
    file: 'lib/engine/frames/join-rows.ts',
    find: '    (each) => each.kind === kind && each.node === node && each.scope === scope && each.home === home,',
    replace: '    (each) => each.kind === kind && each.node === node && each.home === home,',
  },
  'joins-refire': {
    breaks: 'The slots of a join are not cleared when it fires.',
    file: 'lib/engine/operators/join.ts',
    find: `  transition.head.joins.splice(transition.head.joins.indexOf(row), 1);
`,
    replace: '',
  },
  'list-fires-early': {
    breaks: 'A list continues before its last item has completed.',
    file: 'lib/engine/frames/tally.ts',
    find: '  return countFilled(frame) >= totalOf(frame);',
    replace: "  return countFilled(frame) >= totalOf(frame) - (frame.kind === 'list' ? 1 : 0);",
  },
  'over-sub-flow-ends-again': {
    breaks: 'An ended sub-flow ends again when a side branch is redriven.',
    file: 'lib/engine/running/idle-children.ts',
    find: `    if (frame.over) dropChild(transition.head, scope, inside.get(scope) ?? []);
    else endChild(transition, scope, frame, inside.get(scope) ?? []);`,
    replace: '    endChild(transition, scope, frame, inside.get(scope) ?? []);',
  },
  'second-arrival-dropped': {
    breaks: 'Two values that reach a chunk in one transition are delivered once.',
    file: 'lib/engine/running/dispatch.ts',
    find: '  transition.ordinals.set(key, ordinal + 1);',
    replace: '  transition.ordinals.set(key, ordinal);',
  },
  'slots-filled-anew': {
    breaks: 'A completed branch discards the outputs of earlier branches.',
    file: 'lib/engine/operators/branches.ts',
    find: '    frame.slots[branch] = frame.over ? literal(null) : value;',
    replace: '    frame.slots = Object.fromEntries([...Object.entries(frame.slots).slice(-1), [branch, value]]);',
  },
  'spent-collections-stay': {
    breaks: 'Collections in ended operators keep their values.',
    file: 'lib/engine/running/advance.ts',
    find: `  dropSpent(transition);
`,
    replace: '',
  },
  'sub-flow-ends-early': {
    breaks: 'A sub-flow ends although signals are queued in it.',
    file: 'lib/engine/running/idle-children.ts',
    find: '  for (const row of head.signals) addAround(homes, head, row);\n',
    replace: '',
  },
  'task-list-by-name': {
    breaks: 'Compiled task lists are cached by flow name instead of content.',
    file: 'lib/flow/tasks/task-flow.ts',
    find: "      const id = digest(checkJson(list, 'task list'));",
    replace: '      const id = name;',
  },
  'write-back-left-out': {
    breaks: 'A sub-flow ends without writing back to the state around it.',
    file: 'lib/engine/operators/sub-flow.ts',
    find: '  const effects = { state: operations, signals: [], flowData };',
    replace: '  const effects = { state: operations.slice(operations.length), signals: [], flowData };',
  },
};
