/** Signing keys from a SecureString parameter of SSM. */
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Clock, KeyRing } from '../../ports/system.ts';
import { type Keys, readKeys } from './key-document.ts';

/** Milliseconds for which keys are cached. */
const CACHED_FOR = 5 * 60_000;
/** Anyone can send an unknown key id, so such ids cause at most one read per 30 s (ms). */
const REREAD_AFTER = 30_000;

export interface SsmKeyRingOptions {
  readonly client: Pick<SSMClient, 'send'>;
  readonly parameterName: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** Region, endpoint and credentials come from the environment, as the SDK reads them. */
export function createSsmClient(): SSMClient {
  return new SSMClient({});
}

/**
 * Creates a key ring over the parameter. Keys are cached for 5 minutes, and read again for an unknown key id at most
 * every 30 s. Once read, they stay in use while the parameter cannot be read.
 * @throws FlowError `missing_setting` from `current` and `find` when the parameter holds no key ring
 */
export function createSsmKeyRing({ client, parameterName, clock }: SsmKeyRingOptions): KeyRing {
  let cached: Keys | undefined;
  let readAt = 0;
  let reading: Promise<Keys> | undefined;

  const read = async (): Promise<Keys> => {
    readAt = clock.now();
    try {
      const answer = await client.send(new GetParameterCommand({ Name: parameterName, WithDecryption: true }));
      cached = readKeys(answer.Parameter?.Value ?? '', `The parameter ${parameterName}`);
    } catch (error) {
      if (!cached) throw error;
    } finally {
      reading = undefined;
    }
    return cached;
  };
  const keys = async (maxAge: number): Promise<Keys> => {
    if (cached && clock.now() - readAt < maxAge) return cached;
    reading ??= read();
    return reading;
  };

  return {
    current: async () => (await keys(CACHED_FOR)).current,
    find: async (kid) => (await keys(CACHED_FOR)).all.get(kid) ?? (await keys(REREAD_AFTER)).all.get(kid),
  };
}
