/** Exchange providers for `defineApp({ exchange })`: who is told that somebody is waited for. */
export { createInbox, createMemoryExchange, type MemoryExchange } from './adapters/memory/exchange.ts';
export { createWebhookExchange, type WebhookOptions } from './adapters/webhook/exchange.ts';
export type { Announcement, ExchangeProvider } from './ports/exchange.ts';
