import type { Mutants } from './mutant.ts';

export const snapshots: Mutants = {
  'file-read-by-name': {
    breaks: 'A reference to a file reads what has its name now.',
    file: 'lib/runtime/chunk/workspace.ts',
    find: "      const content = typeof file === 'string' ? await store.find(space(), checkName(file)) : file;",
    replace: "      const content = await store.find(space(), typeof file === 'string' ? checkName(file) : file.name);",
  },
  'load-forgets-attempts': {
    breaks: 'What ran when it was saved begins with its first attempt again.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: '  const ready = ({ fence: _, ...activation }: Activation): Activation => activation;',
    replace:
      '  const ready = ({ fence: _, ...activation }: Activation): Activation => ({ ...activation, attempt: 0 });',
  },
  'loaded-files-lost': {
    breaks: 'A loaded execution has a workspace of its own.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: '      ...(space !== undefined && saved.options.workspace === undefined ? { space } : {}),',
    replace: '      ',
  },
  'loaded-timer-not-armed': {
    breaks: 'No timer is set for what a loaded execution waits for.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: `    scheduleTimer(head, now);
`,
    replace: '',
  },
  'put-not-awaited': {
    breaks: 'A file is said to be there before it is.',
    file: 'lib/runtime/chunk/workspace.ts',
    find: '        ({ space: where, ref }) => store.put(where, ref, bytes),',
    replace: '        async ({ space: where, ref }) => void store.put(where, ref, bytes).catch(() => undefined),',
  },
  'snapshot-keeps-fences': {
    breaks: 'What ran when it was saved belongs to a lease that is not in the snapshot.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: '  return { ...rest, leases: [], activations: rest.activations.map(ready), outbox };',
    replace: '  return { ...rest, leases: [], activations: rest.activations, outbox };',
  },
  'snapshot-of-two-moments': {
    breaks: 'The ledger of a snapshot is read behind its head, whatever was accepted in between.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: `        const record = ledger.length > 0 ? await ports.executions.load(executionId) : before;
        if (record?.head.inc !== before.head.inc || record.head.spilled !== before.head.spilled) continue;`,
    replace: '        const record = before;',
  },
  'snapshot-without-inbox': {
    breaks: 'A snapshot leaves out the signals that wait in the inbox.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: `        if (record.inbox.length > 0) {
          await change(record, [{ type: 'tick' }]);
          continue;
        }
`,
    replace: '',
  },
  'snapshot-without-old-ledger': {
    breaks: 'A snapshot leaves out the entries of the ledger that have left the head.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: '          ledger,',
    replace: '          ledger: [],',
  },
  'snapshot-without-running': {
    breaks: 'A snapshot leaves out what runs.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: '  return { ...rest, leases: [], activations: rest.activations.map(ready), outbox };',
    replace:
      '  return { ...rest, leases: [], activations: rest.activations.filter(({ fence }) => fence === undefined).map(ready), outbox };',
  },
  'stream-end-read-late': {
    breaks: 'Whether a stream was stopped is looked up behind its items.',
    file: 'lib/runtime/view/reader.ts',
    find: `      const stopped = await ports.streams.hasEnded(owner);
      let found = await ports.streams.read(owner, after, limit + 1);`,
    replace: `      let found = await ports.streams.read(owner, after, limit + 1);
      const stopped = await ports.streams.hasEnded(owner);`,
  },
  'stream-ends-with-a-page': {
    breaks: 'A page of a stream that is over is its end, although there is more.',
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
