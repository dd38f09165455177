/** Cursors of exports, as opaque texts. */
import { FlowError } from '../../errors/errors.ts';
import { type ExportPosition, exportPosition } from '../../flow/options/export-cursor.ts';

export function writeCursor(position: ExportPosition): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @throws FlowError `invalid_request` for any text that `writeCursor` did not make */
export function readCursor(cursor: string): ExportPosition {
  const found = exportPosition.safeParse(parse(cursor));
  if (found.success) return found.data;
  throw new FlowError('invalid_request', 'cursor: no export gave this cursor. Pass the cursor of the part before.', {
    details: { path: 'cursor' },
  });
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
