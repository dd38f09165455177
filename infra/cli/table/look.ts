/** Commands that read. */
import type { Argument, Row } from '../row.ts';
import { ALL, FILTER, LIMIT, WAIT_OPTION } from './options.ts';

export const EXECUTION: Argument = { name: 'execution', about: 'id of the execution' };
export const FLOW: Argument = { name: 'flow', about: 'name of the flow' };

const READS = { group: 'Look', place: 'service', changes: false, needs: ['zod'] } as const;

export const LOOK: readonly Row[] = [
  {
    ...READS,
    name: 'flows',
    about: 'lists the flows, or shows one: its input, its signals, its schedules',
    args: [{ ...FLOW, isOptional: true }],
    example: 'flows refund-approval',
    load: async () => (await import('../commands/look/flows.ts')).flows,
  },
  {
    ...READS,
    name: 'list',
    about: 'lists executions, the newest first',
    options: [...FILTER, LIMIT, ALL],
    example: 'list --status failed',
    load: async () => (await import('../commands/look/list.ts')).list,
  },
  {
    ...READS,
    name: 'show',
    about: 'shows an execution: what it does, waits for, has found, and why it failed',
    args: [EXECUTION],
    options: [WAIT_OPTION],
    example: 'show T-1',
    load: async () => (await import('../commands/look/show.ts')).show,
  },
  {
    ...READS,
    name: 'history',
    about: 'tells what happened in an execution, in order',
    args: [EXECUTION],
    options: [
      { name: 'chunk', value: 'name', about: 'only what happened in this chunk' },
      { name: 'follow', short: 'f', about: 'goes on until the execution has ended' },
      { name: 'after', value: 'cursor', about: 'what came after this record' },
    ],
    example: 'history T-1',
    load: async () => (await import('../commands/look/history.ts')).history,
  },
  {
    ...READS,
    name: 'stream',
    about: 'prints the items that an execution streams',
    args: [EXECUTION],
    options: [
      { name: 'follow', short: 'f', about: 'goes on until the stream has ended' },
      { name: 'after', value: 'cursor', about: 'what came after this item' },
    ],
    example: 'stream T-1',
    load: async () => (await import('../commands/look/stream.ts')).stream,
  },
  {
    ...READS,
    name: 'export',
    about: 'prints all that an audit asks for about an execution, as JSON Lines',
    args: [EXECUTION],
    example: 'export T-1',
    load: async () => (await import('../commands/look/export.ts')).exported,
  },
  {
    ...READS,
    name: 'watch',
    about: 'draws the graph of an execution while it runs; without a terminal prints a line for each event',
    args: [EXECUTION],
    example: 'watch T-1',
    load: async () => (await import('../commands/look/watch.ts')).watch,
  },
  {
    ...READS,
    name: 'approvals',
    about: 'lists what waits for an answer',
    options: [LIMIT, ALL],
    example: 'approvals',
    load: async () => (await import('../commands/look/approvals.ts')).approvals,
  },
  {
    ...READS,
    name: 'schedules',
    about: 'lists schedules: when each starts next, and what it started last',
    example: 'schedules',
    load: async () => (await import('../commands/look/schedules.ts')).schedules,
  },
  {
    ...READS,
    name: 'mermaid',
    about: 'prints the graph of a flow as a Mermaid diagram',
    args: [FLOW],
    options: [{ name: 'detailed', about: 'with taps, slots and names of branches' }],
    example: 'mermaid refund-approval',
    load: async () => (await import('../commands/look/flows.ts')).mermaid,
  },
];
