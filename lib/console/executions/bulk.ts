/** Acts on many executions: the API shows first what would be done, and then does it as an execution of its own. */
import { call } from '../api/call.ts';
import { executionPath } from '../api/paths.ts';
import type { ExecutionView } from '../api/wire.ts';
import { conditionsOf, type Filter } from './filter.ts';

export type BulkAction = 'redrive' | 'pause' | 'unpause' | 'close' | 'cancel' | 'erase';

/** Those that are selected, or all that the list would show. */
export type Target = { readonly ids: readonly string[] } | { readonly filter: Filter };

export interface Preview {
  readonly previewId: string;
  readonly count: number;
  readonly sample: readonly string[];
  /** Failures by error. */
  readonly byError: Readonly<Record<string, number>>;
}

export interface Progress {
  /** Of the execution that does it. */
  readonly status: string;
  readonly action: string;
  /** The person who began the bulk, where that is known. */
  readonly actor?: string;
  readonly done: number;
  readonly refused: number;
  readonly total: number;
  /** What was refused, by reason. */
  readonly byError: Readonly<Record<string, number>>;
  readonly ended: boolean;
  /** Why the execution of the bulk itself failed. */
  readonly failure?: string;
}

export interface ActionText {
  readonly verb: string;
  readonly says: string;
  readonly danger?: boolean;
}

export const BULK: Readonly<Record<BulkAction, ActionText>> = {
  redrive: { verb: 'Redrive', says: 'What has failed is tried again. What was committed stays.' },
  pause: { verb: 'Pause', says: 'Running work ends, and nothing new begins. Answers are accepted and wait.' },
  unpause: { verb: 'Continue', says: 'Each one goes on where it was.' },
  close: { verb: 'Close', says: 'Each one ends once its work is done. Those that wait for answers are left alone.' },
  cancel: {
    verb: 'Cancel',
    says: 'Each one ends at once. Running work is stopped. This cannot be undone.',
    danger: true,
  },
  erase: { verb: 'Erase', says: 'Everything but the ids is deleted. This cannot be undone.', danger: true },
};

export function preview(action: BulkAction, target: Target, signal: AbortSignal): Promise<Preview> {
  const filter = 'ids' in target ? { ids: target.ids } : conditionsOf(target.filter, Date.now());
  return call('POST', '/bulk', { body: { action, filter, dryRun: true }, signal });
}

/** Does what the preview showed; a repeat does it once. @returns the execution that does it */
export async function run({ previewId }: Preview): Promise<string> {
  return (await call<{ executionId: string }>('POST', '/bulk', { body: { previewId } })).executionId;
}

export async function progressOf(executionId: string, signal: AbortSignal): Promise<Progress> {
  const view = await call<ExecutionView>('GET', executionPath(executionId), { signal });
  const state = (view.result ?? view.state) as Partial<Progress> & { readonly order?: Order };
  const { done = 0, refused = 0, total = 0, byError = {}, order } = state;
  const actor = order?.claimed ?? order?.actor;
  return {
    ...{ done, refused, total, byError },
    status: view.status,
    action: order?.act.action ?? '',
    ended: view.lifecycle === 'closed' || view.status === 'failed',
    ...(actor === undefined ? {} : { actor }),
    ...(view.error ? { failure: view.error.message } : {}),
  };
}

interface Order {
  readonly act: { readonly action: string };
  readonly actor?: string;
  readonly claimed?: string;
}

const DOING: Readonly<Record<string, string>> = {
  redrive: 'Redriving',
  pause: 'Pausing',
  unpause: 'Continuing',
  close: 'Closing',
  cancel: 'Cancelling',
  erase: 'Erasing',
  signal: 'Signalling',
  resume: 'Answering',
};

/** `Redriving 41 executions`. */
export function titleOf({ action, total }: Pick<Progress, 'action' | 'total'>): string {
  return `${DOING[action] ?? 'Working on'} ${total.toLocaleString('en')} ${total === 1 ? 'execution' : 'executions'}`;
}
