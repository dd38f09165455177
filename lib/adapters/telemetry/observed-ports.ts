/** Ports whose messages and log lines name the trace that they come from. */
import type { Ports } from '../../ports/ports.ts';
import type { Logger, System } from '../../ports/system.ts';
import type { Tracer } from '../../ports/telemetry.ts';
import type { WakeQueue } from '../../ports/wake-queue.ts';

export function tracedQueue(queue: WakeQueue, tracer: Tracer): WakeQueue {
  return {
    send(messages) {
      const traceparent = tracer.current();
      if (traceparent === undefined) return queue.send(messages);
      return queue.send(messages.map((each) => ({ ...each, message: { ...each.message, traceparent } })));
    },
  };
}

export function tracedLog(log: Logger, tracer: Tracer): Logger {
  const at =
    (level: keyof Logger): Logger['info'] =>
    (message, fields) => {
      const traceId = tracer.current()?.split('-')[1];
      log[level](message, traceId === undefined ? fields : { traceId, ...fields });
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** The same ports, traced and measured. */
export function observedPorts(ports: Ports, { tracer, meter }: Pick<System, 'tracer' | 'meter'>): Ports {
  return {
    ...ports,
    ...(tracer ? { tracer, queue: tracedQueue(ports.queue, tracer), log: tracedLog(ports.log, tracer) } : {}),
    ...(meter ? { meter } : {}),
  };
}
