/** List cursors: opaque texts for callers, page positions for the client. */
import { z } from 'zod';
import { FlowError } from '../../../errors/errors.ts';
import { ID } from '../../../flow/ids.ts';
import type { PagePosition } from '../../../runtime/client/types.ts';

const MAX_CURSOR_LENGTH = 1_024;
/** Interrupt ids may be longer than execution ids: inside lists they end with the positions of their items. */
const WAIT_ID = /^[^\s]{1,256}$/;
/** `createdAt` is any integer: a page may end with an execution whose time is no valid date. */
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

/** @throws FlowError `invalid_request` for any text that `encodeCursor` did not make */
export function decodeCursor(cursor: string): PagePosition {
  const fields = Fields.safeParse(cursor.length > MAX_CURSOR_LENGTH ? undefined : parse(cursor));
  if (fields.success) return fields.data;
  throw new FlowError(
    'invalid_request',
    'query.cursor: this API did not issue this cursor. Pass the cursor of the previous page.',
    {
      details: { path: 'query.cursor' },
    },
  );
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
