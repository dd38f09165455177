/** One bad head must not hide the others of its page. */
import type { Head } from '../../engine/head.ts';
import { describeFault, FlowError } from '../../errors/errors.ts';
import type { Ports } from '../../ports/ports.ts';

/** Logs a head that cannot be read. Errors of stores go to the caller, or the whole page would be left out. */
export async function alone<Item>(
  { log }: Pick<Ports, 'log'>,
  head: Head,
  make: () => Item | Promise<Item>,
): Promise<Item | undefined> {
  try {
    return await make();
  } catch (error) {
    if (!(FlowError.is(error) || error instanceof TypeError || error instanceof RangeError)) throw error;
    log.error('execution not shown', { executionId: head.id, ...describeFault(error) });
    return undefined;
  }
}
