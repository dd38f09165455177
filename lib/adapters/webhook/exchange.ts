/**
 * Announcements by HTTP POST, signed as the Standard Webhooks specification says: `webhook-id`, `webhook-timestamp` and
 * `webhook-signature: v1,<HMAC-SHA256 of "id.timestamp.body", base64>`. Any answer of the 2xx range acknowledges.
 */
import { createHmac } from 'node:crypto';
import type { Announcement, ExchangeProvider } from '../../ports/exchange.ts';

export interface WebhookOptions {
  readonly url: string;
  /** `whsec_` and base64, at least 24 bytes: both sides have it. */
  readonly secret: string;
  /** Milliseconds to wait for an acknowledgement, at most 900,000. Default 3,000. */
  readonly timeout?: number;
  /** Milliseconds since the epoch; default the system's clock. */
  readonly now?: () => number;
}

const LEAST_KEY_BYTES = 24;
/** As long as an invocation can last. */
const LONGEST_TIMEOUT = 900_000;

/** @throws RangeError for a URL, secret or timeout that cannot be used */
export function createWebhookExchange({
  url,
  secret,
  timeout = 3_000,
  now = Date.now,
}: WebhookOptions): ExchangeProvider {
  const { protocol } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') throw new RangeError('webhook url: only http and https are known');
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (key.length < LEAST_KEY_BYTES) {
    throw new RangeError(`webhook secret: ${key.length} bytes of base64, it has to have ${LEAST_KEY_BYTES}`);
  }
  if (!(timeout > 0 && timeout <= LONGEST_TIMEOUT)) {
    throw new RangeError(`webhook timeout: ${timeout}, it has to be 1 to ${LONGEST_TIMEOUT} milliseconds`);
  }
  return {
    async announce(announcement) {
      const timestamp = Math.floor(now() / 1_000);
      const body = JSON.stringify(toEvent(announcement, now()));
      const signature = createHmac('sha256', key).update(`${announcement.id}.${timestamp}.${body}`).digest('base64');
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        signal: AbortSignal.timeout(Math.ceil(timeout)),
        headers: {
          'content-type': 'application/json',
          'webhook-id': announcement.id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': `v1,${signature}`,
        },
        body,
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
    },
  };
}

function toEvent({ id: _, ...data }: Announcement, at: number) {
  return { type: 'interrupt.pending', timestamp: new Date(at).toISOString(), data };
}
