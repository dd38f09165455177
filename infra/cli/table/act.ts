/** Commands that change executions. The service confirms acceptance; the work may still run. */
import type { Option, Row } from '../row.ts';
import { EXECUTION, FLOW } from './look.ts';
import { ACTOR, FILTER, ID, WAIT_OPTION } from './options.ts';

const CHANGES = { group: 'Act', place: 'service', changes: true, needs: ['zod'] } as const;
const acts = async () => import('../commands/acts.ts');

const JSON_VALUE = 'JSON, @file, or - for standard input';
const GENERATION: Option = {
  name: 'generation',
  value: 'number',
  about: 'which of the waits with this id, from 0',
};
const WAIT = { name: 'wait', about: 'id of the wait' } as const;

export const ACT: readonly Row[] = [
  {
    ...CHANGES,
    name: 'start',
    about: 'starts an execution',
    args: [FLOW],
    options: [
      { name: 'input', value: 'json', about: `its input: ${JSON_VALUE}` },
      { name: 'id', value: 'id', about: 'its id; a repeat with the same id starts nothing; default: a new one' },
      { name: 'options', value: 'json', about: `options of the start: ${JSON_VALUE}` },
      WAIT_OPTION,
    ],
    example: `start refund-approval --id T-1 --input '{"ticket":"T-1","amountCents":50000,"reason":"arrived broken"}'`,
    load: async () => (await import('../commands/start.ts')).start,
  },
  {
    ...CHANGES,
    name: 'signal',
    about: 'sends a signal to an execution',
    args: [EXECUTION, { name: 'signal', about: 'name of the signal' }],
    options: [
      { name: 'value', value: 'json', about: `its value: ${JSON_VALUE}` },
      { name: 'correlation', value: 'id', about: 'signals of one correlation meet in joins' },
      ID('a repeat with it sends nothing'),
    ],
    example: `signal T-1 refundSettled --value '{"approved":true,"by":"manager"}'`,
    load: async () => (await acts()).signal,
  },
  {
    ...CHANGES,
    name: 'answer',
    about: 'answers what an execution waits for',
    args: [EXECUTION, { ...WAIT, about: 'id of the wait; may be left out where there is only one', isOptional: true }],
    options: [
      { name: 'value', value: 'json', about: `the answer: ${JSON_VALUE}` },
      { name: 'within', value: 'seconds', about: 'waits so long until the execution asks' },
      GENERATION,
      ACTOR,
      ID('a repeat with it gets the first answer'),
    ],
    example: `answer T-1 --value '{"approved":true,"note":"fine"}'`,
    load: async () => (await import('../commands/answer.ts')).answer,
  },
  {
    ...CHANGES,
    name: 'withdraw',
    about: 'ends a wait that needs no answer any more',
    args: [EXECUTION, WAIT],
    options: [GENERATION, ACTOR],
    example: 'withdraw T-1 askManager',
    load: async () => (await acts()).withdraw,
  },
  {
    ...CHANGES,
    name: 'intervene',
    about: 'adds context that the next intervention point takes',
    args: [EXECUTION],
    options: [
      { name: 'payload', value: 'json', about: `what it gets: ${JSON_VALUE}` },
      { name: 'target', value: 'name', about: 'only this intervention point or chunk may take it' },
      { name: 'note', value: 'text', about: 'why' },
      { name: 'author', value: 'name', about: 'who adds it' },
      ID('a repeat with it adds nothing'),
    ],
    example: `intervene T-1 --payload '{"hint":"ask legal first"}'`,
    load: async () => (await acts()).intervene,
  },
  {
    ...CHANGES,
    name: 'seal',
    about: 'stops the intake of signals of an execution',
    args: [EXECUTION],
    example: 'seal T-1',
    load: async () => (await acts()).seal,
  },
  {
    ...CHANGES,
    name: 'unseal',
    about: 'lets a sealed execution take signals again',
    args: [EXECUTION],
    example: 'unseal T-1',
    load: async () => (await acts()).unseal,
  },
  {
    ...CHANGES,
    name: 'pause',
    about: 'lets the running chunks of an execution end, and starts nothing',
    args: [EXECUTION],
    options: [ACTOR],
    example: 'pause T-1',
    load: async () => (await acts()).pause,
  },
  {
    ...CHANGES,
    name: 'unpause',
    about: 'continues a paused execution',
    args: [EXECUTION],
    options: [ACTOR],
    example: 'unpause T-1',
    load: async () => (await acts()).unpause,
  },
  {
    ...CHANGES,
    name: 'cancel',
    about: 'ends an execution at once and aborts its running chunks',
    args: [EXECUTION],
    options: [{ name: 'reason', value: 'text', about: 'why; kept with the execution' }, ACTOR],
    example: 'cancel T-1 --reason "sent twice"',
    load: async () => (await acts()).cancel,
  },
  {
    ...CHANGES,
    name: 'close',
    about: 'ends an execution once its work is done',
    args: [EXECUTION],
    options: [{ name: 'cancel-waits', about: 'ends its waits too, in place of a refusal' }],
    example: 'close T-1 --cancel-waits',
    load: async () => (await acts()).close,
  },
  {
    ...CHANGES,
    name: 'redrive',
    about: 'tries again what has failed for good in an execution',
    args: [EXECUTION],
    options: [ACTOR, ID('a repeat with it tries nothing again')],
    example: 'redrive T-1',
    load: async () => (await acts()).redrive,
  },
  {
    ...CHANGES,
    name: 'fork',
    about: 'tries what has failed again in a copy of the execution',
    args: [EXECUTION],
    options: [
      { name: 'activation', value: 'id', about: 'only this failure; "show" lists them' },
      { name: 'id', value: 'id', about: 'id of the copy; default: a new one' },
      ACTOR,
    ],
    example: 'fork T-1 --id T-1-again',
    load: async () => (await acts()).fork,
  },
  {
    ...CHANGES,
    name: 'bulk',
    about: 'acts on all executions that a filter matches; shows first which they are',
    args: [
      {
        name: 'action',
        about: 'what to do to each; left out with --preview',
        isOptional: true,
        choices: ['cancel', 'close', 'redrive', 'pause', 'unpause', 'signal', 'resume'],
      },
    ],
    options: [
      ...FILTER,
      { name: 'execution', value: 'id', isMany: true, about: 'only these executions' },
      { name: 'yes', about: 'does it without a preview' },
      { name: 'preview', value: 'id', about: 'does what this preview showed, to those executions' },
      { ...WAIT_OPTION, about: 'waits at most so long until all is done, and shows how far it is' },
      { name: 'rate', value: 'number', about: 'executions for each second, 1 to 100; default 20' },
      { name: 'reason', value: 'text', about: 'of cancel' },
      { name: 'cancel-waits', about: 'of close: ends waits too' },
      { name: 'signal', value: 'name', about: 'of signal: its name' },
      { name: 'type', value: 'type', about: 'of resume: only waits of this type' },
      { name: 'value', value: 'json', about: `of signal and resume: ${JSON_VALUE}` },
      ACTOR,
      ID('a repeat with it does nothing again'),
    ],
    example: 'bulk redrive --status failed',
    load: async () => (await import('../commands/bulk.ts')).bulk,
  },
];
