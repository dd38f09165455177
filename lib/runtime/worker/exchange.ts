/** Tells the exchange providers of the app who waits. What they do not acknowledge stays in the outbox and is told again. */
import type { AnnounceRow, Head } from '../../engine/head.ts';
import { pendingWait } from '../../engine/outside/interrupts.ts';
import type { ExchangeProvider } from '../../ports/exchange.ts';
import type { Ports } from '../../ports/ports.ts';
import type { WakeQueue } from '../../ports/wake-queue.ts';
import type { App, ExchangeFactory } from '../app/app.ts';
import type { InterruptView } from '../client/types.ts';
import { viewInterrupt } from '../commit/interrupt-view.ts';
import { wakeUp } from '../commit/wake-ups.ts';

/** Makes the callback URL of an interrupt. */
export type InterruptLink = (interrupt: InterruptView) => Promise<string>;

export interface Exchange {
  /** Whether there is nothing left to tell: it is acknowledged, over, or nobody is to be told. @throws to try again */
  announce(head: Head, row: AnnounceRow): Promise<boolean>;
}

/** Of waits that name no channel. */
const DEFAULT = 'default';

export function createExchange(app: App, ports: Ports, link?: InterruptLink): Exchange {
  const providers = new Map<string, Promise<ExchangeProvider>>();
  const providerOf = (channel: string): Promise<ExchangeProvider> | undefined => {
    const factory = factoryOf(app, channel);
    if (!factory) return undefined;
    const known = providers.get(channel) ?? Promise.resolve().then(factory);
    providers.set(channel, known);
    known.catch(() => providers.delete(channel));
    return known;
  };
  return {
    async announce(head, { id, interrupt: interruptId }) {
      const interrupt = pendingWait(head, interruptId);
      const provider = interrupt && (await providerOf(interrupt.channel ?? DEFAULT));
      if (!provider) return true;
      const view = await viewInterrupt(ports.values, head, interrupt);
      const { resumeTo: _, ...told } = view;
      await provider.announce({ id, ...told, ...(link ? { callbackUrl: await link(view) } : {}) });
      return true;
    },
  };
}

/** Leaves announcements to a process of their own: `queue` tells it which execution has some. */
export function createRemoteExchange(app: App, queue: WakeQueue): Exchange {
  const sending = new Map<string, Promise<void>>();
  const send = async (executionId: string): Promise<void> => {
    await queue.send([wakeUp(executionId)]).finally(() => sending.delete(executionId));
  };
  return {
    async announce(head, { interrupt: interruptId }) {
      const interrupt = pendingWait(head, interruptId);
      if (!interrupt || !factoryOf(app, interrupt.channel ?? DEFAULT)) return true;
      // One message speaks for all waits that are announced at the same time.
      const sent = sending.get(head.id) ?? send(head.id);
      sending.set(head.id, sent);
      await sent;
      return false;
    },
  };
}

function factoryOf({ exchange = {} }: App, channel: string): ExchangeFactory | undefined {
  return Object.hasOwn(exchange, channel) ? exchange[channel] : undefined;
}
