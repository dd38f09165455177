/**
 * Announcements by HTTP POST, signed by the Standard Webhooks specification: `webhook-id`, `webhook-timestamp` and
 * `webhook-signature: v1,<HMAC-SHA256 of "id.timestamp.body", base64>`. Any 2xx response acknowledges.
 */
import { createHmac } from 'node:crypto';
import type { Announcement, ExchangeProvider, Withdrawal } from '../../ports/exchange.ts';

export interface WebhookOptions {
  readonly url: string;
  /** Shared signing secret: `whsec_` and base64 of at least 24 bytes. */
  readonly secret: string;
  /** Milliseconds to wait for an acknowledgement, at most 900,000. Default 3,000. */
  readonly timeout?: number;
  /** Returns milliseconds since the epoch; default: the system clock. */
  readonly now?: () => number;
}

const LEAST_KEY_BYTES = 24;
/** Longest duration of a Lambda invocation (ms). */
const LONGEST_TIMEOUT = 900_000;

/**
 * Creates a provider that posts announcements to a webhook.
 * @throws RangeError for an invalid URL, secret or timeout
 */
export function createWebhookExchange({
  url,
  secret,
  timeout = 3_000,
  now = Date.now,
}: WebhookOptions): ExchangeProvider {
  const { protocol } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new RangeError(`webhook url: the protocol is ${protocol}. Use http or https.`);
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (key.length < LEAST_KEY_BYTES) {
    throw new RangeError(`webhook secret: the base64 has ${key.length} bytes. Use at least ${LEAST_KEY_BYTES}.`);
  }
  if (!(timeout > 0 && timeout <= LONGEST_TIMEOUT)) {
    throw new RangeError(`webhook timeout: ${timeout} is out of range. Use 1 to ${LONGEST_TIMEOUT} milliseconds.`);
  }
  const post = async (type: string, told: Announcement | Withdrawal): Promise<void> => {
    const timestamp = Math.floor(now() / 1_000);
    const body = JSON.stringify(toEvent(type, told, now()));
    const signature = createHmac('sha256', key).update(`${told.id}.${timestamp}.${body}`).digest('base64');
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(Math.ceil(timeout)),
      headers: {
        'content-type': 'application/json',
        'webhook-id': told.id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': `v1,${signature}`,
        ...(told.traceparent === undefined ? {} : { traceparent: told.traceparent }),
      },
      body,
    });
    await response.body?.cancel();
    if (!response.ok)
      throw new Error(`The webhook responded with status ${response.status}. The announcement will be repeated.`);
  };
  return {
    announce: (announcement) => post('interrupt.pending', announcement),
    withdrawn: (withdrawal) => post('interrupt.withdrawn', withdrawal),
  };
}

function toEvent(type: string, { id: _, traceparent: __, ...data }: Announcement | Withdrawal, at: number) {
  return { type, timestamp: new Date(at).toISOString(), data };
}
