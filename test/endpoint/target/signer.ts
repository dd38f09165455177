/** Signs requests to an HTTP API with IAM authorization. */
import { createHash, createHmac } from 'node:crypto';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Outgoing } from '../../scenarios/exchange.ts';

class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = typeof secret === 'string' || secret === undefined ? secret : bytesOf(secret);
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === 'string' ? data : bytesOf(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

export function signer() {
  const region = process.env.AWS_REGION ?? 'us-east-1';
  const signature = new SignatureV4({ service: 'execute-api', region, credentials: fromEnv(), sha256: Sha256 });
  return async ({ method, target, headers, body }: Outgoing): Promise<Readonly<Record<string, string>>> => {
    const { host = '' } = headers;
    const { pathname, searchParams } = new URL(`https://${host}${target}`);
    const query = Object.fromEntries(searchParams);
    const signed = await signature.sign({
      method,
      protocol: 'https:',
      hostname: host,
      path: pathname,
      query,
      headers: { ...headers },
      ...(body === undefined ? {} : { body }),
    });
    return signed.headers;
  };
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
