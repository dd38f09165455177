/** Cursors of lists: opaque to callers, a position to the client. */
import { z } from 'zod';
import { FlowError } from '../../../errors/errors.ts';
import { ID } from '../../../flow/ids.ts';
import type { PagePosition } from '../../../runtime/client/types.ts';

const MAX_CURSOR_LENGTH = 1_024;
/** Longer than the ids of executions: those of waits in lists end with the positions of their items. */
const WAIT_ID = /^[^\s]{1,256}$/;
/** Not only dates: a page may end with an execution whose time is none. */
const Fields = z.union([
  z.tuple([z.int(), z.string().regex(ID)]).transform(([createdAt, id]) => ({ createdAt, id })),
  z
    .tuple([z.int(), z.string().regex(ID), z.int(), z.string().regex(WAIT_ID)])
    .transform(([createdAt, id, since, wait]) => ({ createdAt, id, wait: { createdAt: since, id: wait } })),
]);

export function encodeCursor({ createdAt, id, wait }: PagePosition): string {
  const fields = [createdAt, id, ...(wait ? [wait.createdAt, wait.id] : [])];
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

/** @throws FlowError `invalid_request` for anything that `encodeCursor` does not make */
export function decodeCursor(cursor: string): PagePosition {
  const fields = Fields.safeParse(cursor.length > MAX_CURSOR_LENGTH ? undefined : parse(cursor));
  if (fields.success) return fields.data;
  throw new FlowError('invalid_request', 'query.cursor: not one that this API gave out', {
    details: { path: 'query.cursor' },
  });
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
