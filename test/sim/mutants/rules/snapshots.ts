import type { Mutants } from '../mutant.ts';

export const snapshots: Mutants = {
  'file-read-by-name': {
    breaks: 'A file reference reads the present file of that name.',
    file: 'lib/runtime/chunk/workspace.ts',
    find: "      const content = typeof file === 'string' ? await store.find(space(), checkName(file)) : file;",
    replace: "      const content = await store.find(space(), typeof file === 'string' ? checkName(file) : file.name);",
  },
  'load-forgets-attempts': {
    breaks: 'Activations that ran at the save restart with their first attempt.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: '  const ready = ({ fence: _, ...activation }: Activation): Activation => activation;',
    replace:
      '  const ready = ({ fence: _, ...activation }: Activation): Activation => ({ ...activation, attempt: 0 });',
  },
  'loaded-files-lost': {
    breaks: 'A loaded execution gets a new workspace.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: '      ...(space !== undefined && saved.options.workspace === undefined ? { space } : {}),',
    replace: '      ',
  },
  'loaded-timer-not-armed': {
    breaks: 'A loaded execution has no timers.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: `    scheduleTimer(head, now);
`,
    replace: '',
  },
  'put-not-awaited': {
    breaks: 'A file write resolves before the file is stored.',
    file: 'lib/runtime/chunk/workspace.ts',
    find: '        store.put(where, ref, bytes),',
    replace: '        Promise.resolve(void store.put(where, ref, bytes).catch(() => undefined)),',
  },
  'snapshot-keeps-fences': {
    breaks: 'Activations in a snapshot refer to a lease that it lacks.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: '  return { ...rest, leases: [], activations: rest.activations.map(ready), outbox };',
    replace: '  return { ...rest, leases: [], activations: rest.activations, outbox };',
  },
  'snapshot-of-two-moments': {
    breaks: 'The ledger of a snapshot is read after its head, with entries that the head lacks.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: `        const record = ledger.length > 0 ? await loadReadable(ports, executionId) : before;
        if (record?.head.inc !== before.head.inc || record.head.spilled !== before.head.spilled) continue;`,
    replace: '        const record = before;',
  },
  'snapshot-without-inbox': {
    breaks: 'A snapshot omits the inbox.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: `        if (record.inbox.length > 0) {
          await change(record, [{ type: 'tick' }]);
          continue;
        }
`,
    replace: '',
  },
  'snapshot-without-old-ledger': {
    breaks: 'A snapshot omits ledger entries outside the head.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: '          ledger,',
    replace: '          ledger: [],',
  },
  'snapshot-without-running': {
    breaks: 'A snapshot omits running activations.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: '  return { ...rest, leases: [], activations: rest.activations.map(ready), outbox };',
    replace:
      '  return { ...rest, leases: [], activations: rest.activations.filter(({ fence }) => fence === undefined).map(ready), outbox };',
  },
  'stream-end-read-late': {
    breaks: 'The stop mark of a stream is read after its items.',
    file: 'lib/runtime/view/reader.ts',
    find: `      const stopped = await ports.streams.hasEnded(owner);
      let found = await ports.streams.read(owner, after, limit + 1);`,
    replace: `      let found = await ports.streams.read(owner, after, limit + 1);
      const stopped = await ports.streams.hasEnded(owner);`,
  },
  'stream-ends-with-a-page': {
    breaks: 'Any page of an ended stream is reported as its end.',
    file: 'lib/runtime/view/reader.ts',
    find: '      return { items, cursor: items.at(-1)?.seq ?? after, ended: (closed || stopped) && found.length <= limit };',
    replace: '      return { items, cursor: items.at(-1)?.seq ?? after, ended: closed || stopped };',
  },
  'workspaces-mixed': {
    breaks: 'All executions share one workspace.',
    file: 'lib/runtime/chunk/workspace.ts',
    find: '  return workspace === undefined ? (head.space ?? `${head.id}#${head.inc}`) : `@${workspace}`;',
    replace: "  return workspace === undefined ? (head.space ?? 'all') : `@${workspace}`;",
  },
};
