/** Acts on many executions, one after the other, so that a preview and a count of what failed are exact. */
import { ApiError, call, newKey } from '../api/call.ts';
import { executionPath } from '../api/paths.ts';

export type BulkAction = 'redrive' | 'close' | 'cancel' | 'erase';

export interface Progress {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** What was refused, by message. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface ActionText {
  readonly verb: string;
  readonly says: string;
  readonly danger?: boolean;
}

export const BULK: Readonly<Record<BulkAction, ActionText>> = {
  redrive: { verb: 'Redrive', says: 'What has failed is tried again. What was committed stays.' },
  close: { verb: 'Close', says: 'Each one ends once its work is done. Those that wait for answers are left alone.' },
  cancel: {
    verb: 'Cancel',
    says: 'Each one ends at once. Running work is stopped. This cannot be undone.',
    danger: true,
  },
  erase: { verb: 'Erase', says: 'Everything but the ids is deleted. This cannot be undone.', danger: true },
};

/** Calls at once. */
const LANES = 4;

export async function runBulk(
  action: BulkAction,
  ids: readonly string[],
  tell: (progress: Progress) => void,
): Promise<void> {
  const left = [...ids];
  let progress: Progress = { done: 0, failed: 0, total: ids.length, errors: {} };
  const lane = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      const problem = await act(action, id).then(
        () => undefined,
        (error: unknown) => (error instanceof ApiError ? error.message : 'The API did not answer.'),
      );
      const { done, failed, errors } = progress;
      progress =
        problem === undefined
          ? { ...progress, done: done + 1 }
          : { ...progress, failed: failed + 1, errors: { ...errors, [problem]: (errors[problem] ?? 0) + 1 } };
      tell(progress);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

function act(action: BulkAction, id: string): Promise<unknown> {
  const path = executionPath(id);
  if (action === 'erase') return call('DELETE', path);
  return call('POST', `${path}/${action}`, { body: {}, key: newKey() });
}
