/** Previews of bulks: what would be done to which executions. Kept for an hour. */

import type { Json } from '../../flow/json.ts';
import type { BulkAct, BulkTarget } from '../../flow/options/bulk.ts';
import type { Ports } from '../../ports/ports.ts';

export interface Preview {
  readonly act: BulkAct;
  readonly targets: readonly BulkTarget[];
  readonly expiresAt: number;
}

const HOUR = 3_600_000;
const REF = 'preview';

export interface Previews {
  /** @returns until when it is kept (ms) */
  put(id: string, preview: Omit<Preview, 'expiresAt'>): Promise<number>;
  get(id: string): Promise<Preview | undefined>;
}

export function createPreviews({ values, clock }: Pick<Ports, 'values' | 'clock'>): Previews {
  const ownerOf = (executionId: string) => ({ executionId, inc: REF });
  return {
    async put(id, { act, targets }) {
      const expiresAt = clock.now() + HOUR;
      const preview = { act, targets, expiresAt } as unknown as Json;
      await values.put(ownerOf(id), new Map([[REF, preview]]));
      await values.drop(ownerOf(id), [REF], expiresAt);
      return expiresAt;
    },
    async get(id) {
      const found = (await values.get(ownerOf(id), [REF])).get(REF) as unknown as Preview | undefined;
      return found && found.expiresAt > clock.now() ? found : undefined;
    },
  };
}
