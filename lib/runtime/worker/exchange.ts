/**
 * Announces waits through the app's exchange providers. Unacknowledged announcements stay in the outbox and are sent
 * again.
 */
import type { AnnounceRow, Head } from '../../engine/head.ts';
import { pendingWait } from '../../engine/outside/interrupts.ts';
import type { ExchangeProvider } from '../../ports/exchange.ts';
import type { Ports } from '../../ports/ports.ts';
import type { WakeQueue } from '../../ports/wake-queue.ts';
import type { App, ExchangeFactory } from '../app/app.ts';
import { iso } from '../app/checks/times.ts';
import type { InterruptView } from '../client/types.ts';
import { viewInterrupt } from '../commit/interrupt-view.ts';
import { linkTo, traceparentOf } from '../commit/observe.ts';
import { wakeUp } from '../commit/wake-ups.ts';

/** Makes the callback URL of an interrupt. */
export type InterruptLink = (interrupt: InterruptView) => Promise<string>;

export interface Exchange {
  /**
   * Returns true when nothing is left to announce: acknowledged, already ended, or no provider.
   * @throws when the announcement must be repeated
   */
  announce(head: Head, row: AnnounceRow): Promise<boolean>;
}

/** Channel of waits that name none. */
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
    async announce(head, { id, interrupt: interruptId, withdrawn }) {
      if (withdrawn) {
        const { channel, at, ...wait } = withdrawn;
        const told = {
          id,
          executionId: head.id,
          interruptId,
          flow: head.flow,
          ...wait,
          withdrawnAt: iso(at),
          ...traceparentOf(ports),
        };
        await (await providerOf(channel ?? DEFAULT))?.withdrawn?.(told);
        return true;
      }
      const interrupt = pendingWait(head, interruptId);
      const provider = interrupt && (await providerOf(interrupt.channel ?? DEFAULT));
      if (!provider) return true;
      const view = await viewInterrupt(ports.values, head, interrupt);
      const { resumeTo: _, ...told } = view;
      linkTo(ports, interrupt);
      const callback = link ? { callbackUrl: await link(view) } : {};
      await provider.announce({ id, ...told, ...callback, ...traceparentOf(ports) });
      return true;
    },
  };
}

/** Leaves announcements to a separate process; `queue` carries the ids of executions with announcements. */
export function createRemoteExchange(app: App, queue: WakeQueue): Exchange {
  const sending = new Map<string, Promise<void>>();
  const send = async (executionId: string): Promise<void> => {
    await queue.send([wakeUp(executionId)]).finally(() => sending.delete(executionId));
  };
  return {
    async announce(head, { interrupt: interruptId, withdrawn }) {
      const interrupt = withdrawn ?? pendingWait(head, interruptId);
      if (!interrupt || !factoryOf(app, interrupt.channel ?? DEFAULT)) return true;
      // One message covers all waits announced at the same time.
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
