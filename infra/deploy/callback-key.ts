/** The signing key of the callback URLs. */
import { randomBytes } from 'node:crypto';
import { GetParameterCommand, ParameterNotFound, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';

/** Creates the key unless it exists; returns whether it did. An existing key is kept, because issued URLs are signed with it. */
export async function ensureCallbackKey(ssm: SSMClient, Name: string): Promise<boolean> {
  try {
    await ssm.send(new GetParameterCommand({ Name }));
    return false;
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error;
  }
  const Value = JSON.stringify({ current: 'k1', keys: { k1: randomBytes(32).toString('base64url') } });
  await ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString' }));
  return true;
}
