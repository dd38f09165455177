/** Exchange providers for `defineApp({ exchange })`: they announce waits to the people who answer them. */
export { createInbox, createMemoryExchange, type MemoryExchange } from './adapters/memory/exchange.ts';
export { createWebhookExchange, type WebhookOptions } from './adapters/webhook/exchange.ts';
export type { Announcement, ExchangeProvider, Withdrawal } from './ports/exchange.ts';
