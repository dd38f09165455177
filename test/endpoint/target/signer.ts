/** Signs requests to an HTTP API with IAM authorization, as the console of a stage does. */
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { createSigner } from '../../../infra/console/signer.ts';
import type { Outgoing } from '../../scenarios/exchange.ts';

export function signer() {
  const sign = createSigner(process.env.AWS_REGION ?? 'us-east-1', fromEnv());
  return ({ method, target, headers, body }: Outgoing): Promise<Readonly<Record<string, string>>> => {
    const url = new URL(`https://${headers.host ?? ''}${target}`);
    return sign({ method, url, headers, ...(body === undefined ? {} : { body: Buffer.from(body) }) });
  };
}
