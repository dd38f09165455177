/** Side effects of the chunks, written to a file outside the killed process. */
import { appendFileSync } from 'node:fs';
import { resource } from '../../../lib/index.ts';

/** One started attempt of a chunk. */
export interface Note {
  readonly execution: string;
  readonly chunk: string;
  readonly key: string;
  readonly value: unknown;
}

/** The fields of a chunk's context that `note` reads. */
interface Noting {
  readonly chunk: string;
  readonly idempotencyKey: string;
  readonly execution: { readonly id: string };
}

export interface Journal {
  note(ctx: Noting, value: unknown): void;
  /** Never resolves in the killed version; resolves at once in the version that takes over. */
  hold(ctx: Noting, value: unknown): Promise<void>;
  /** Whether this is the killed version. */
  readonly old: boolean;
}

export const journal = resource<Journal>();

/** Reads `UPGRADE_JOURNAL`, a file, and `UPGRADE_HOLD`, which is set in the version that is killed. */
export function createJournal(): Journal {
  const file = process.env.UPGRADE_JOURNAL ?? '';
  const old = process.env.UPGRADE_HOLD !== undefined;
  const note = ({ execution, chunk, idempotencyKey: key }: Noting, value: unknown): void =>
    appendFileSync(file, `${JSON.stringify({ execution: execution.id, chunk, key, value } satisfies Note)}\n`);
  return {
    old,
    note,
    async hold(ctx, value) {
      note(ctx, value);
      if (old) await new Promise(() => undefined);
    },
  };
}
