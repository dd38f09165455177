/** The stored form of a key ring, the same in a parameter and in a file. */
import { z } from 'zod';
import { FlowError } from '../../errors/errors.ts';
import type { SigningKey } from '../../ports/system.ts';

const Kid = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/);
const Secret = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/)
  .transform((text) => new Uint8Array(Buffer.from(text, 'base64url')));

/** `{ "current": "<kid>", "keys": { "<kid>": "<base64url of 32 bytes>" } }` */
const KeyDocument = z
  .strictObject({ current: Kid, keys: z.record(Kid, Secret) })
  .transform(({ current, keys }, context) => {
    const all = new Map(Object.entries(keys).map(([kid, secret]): [string, SigningKey] => [kid, { kid, secret }]));
    const key = all.get(current);
    if (key) return { current: key, all };
    context.addIssue('the current key is missing');
    return z.NEVER;
  });

export type Keys = z.output<typeof KeyDocument>;

/**
 * Parses a key ring.
 * @param where names the source in the error
 * @throws FlowError `missing_setting`; the error never contains the text or the parser's message
 */
export function readKeys(text: string, where: string): Keys {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = undefined;
  }
  const keys = KeyDocument.safeParse(document);
  if (keys.success) return keys.data;
  throw new FlowError(
    'missing_setting',
    `${where} does not hold a key ring. Store { "current": kid, "keys": { kid: key } } there.`,
  );
}
