/** What a handle tells of the result of its execution. */
import { defined } from '../defined.ts';
import type { Json } from '../flow/json.ts';
import type { ExecutionView } from '../runtime/client/types.ts';
import type { ExecutionMeta } from './execution.ts';

export function finalResult({ lifecycle, result }: ExecutionView): Json | undefined {
  if (lifecycle !== 'closed' || result === undefined) return undefined;
  const written = typeof result === 'object' && result !== null && '$final_result' in result;
  return written ? (result as { readonly [key: string]: Json }).$final_result : result;
}

export function metaOf(view: ExecutionView): ExecutionMeta {
  const { status, lifecycle, createdAt, closedAt, closeReason, attributes, error } = view;
  const { unfilledJoins = [], tolerated = [] } = view;
  return {
    status,
    lifecycle,
    createdAt,
    ...defined({ closedAt, closeReason, attributes }),
    ...(error ? { error } : {}),
    unfilledJoins,
    tolerated,
  };
}
