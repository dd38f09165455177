/** Refuses heads that a later version of the package wrote. */
import { FlowError } from '../../errors/errors.ts';
import type { Head } from '../head.ts';
import type { StoredFormat } from '../values/ranges/item-ranges.ts';

/** Newest format that this version reads. */
const FORMAT: Head['format'] = 3;

/** False: a later version wrote the head, and this one must leave it alone. */
export function isReadable({ format }: Pick<Head, 'format'>): boolean {
  return format >= 1 && format <= FORMAT;
}

/** @throws FlowError `newer_format` when a later version of the package wrote the head */
export function checkReadable(head: Pick<Head, 'id' | 'format'>): void {
  if (isReadable(head)) return;
  throw new FlowError(
    'newer_format',
    `Execution ${head.id} has head format ${head.format}; this version reads formats 1 to ${FORMAT}. Update the package, or try again once the deployment is complete.`,
  );
}

/** The newest format of heads in memory, where stores may keep this one: stores unfold format 4. */
export function inMemory(format: StoredFormat): Head['format'] {
  return format === 4 ? 3 : format;
}
