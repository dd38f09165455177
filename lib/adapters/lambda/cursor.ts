/** Cursors of lists: opaque to callers, a position to the client. */
import { z } from 'zod';
import { FlowError } from '../../errors.ts';
import { ID } from '../../flow/ids.ts';
import type { Position } from '../../ports/execution-store.ts';

const MAX_CURSOR_LENGTH = 512;
/** Not only dates: a page may end with an execution whose time is none. */
const Fields = z.tuple([z.int(), z.string().regex(ID)]);

export function encodeCursor({ createdAt, id }: Position): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');
}

/** @throws FlowError `invalid_request` for anything that `encodeCursor` does not make */
export function decodeCursor(cursor: string): Position {
  const fields = Fields.safeParse(cursor.length > MAX_CURSOR_LENGTH ? undefined : parse(cursor));
  if (fields.success) return { createdAt: fields.data[0], id: fields.data[1] };
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
