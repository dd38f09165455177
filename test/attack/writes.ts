/** Counts writes to stores and queue. */
import type { Ports } from '../../lib/ports/ports.ts';

/** Methods that write. Where an answer is given, only this answer means that a write happened. */
const WRITES: { readonly [Port in keyof Ports]?: Readonly<Record<string, string | undefined>> } = {
  executions: { create: 'created', commit: 'committed', append: 'appended' },
  values: { put: undefined, drop: undefined },
  ledger: { put: undefined },
  streams: { append: 'appended', end: undefined },
  flowData: { apply: 'applied' },
  artifacts: { put: undefined },
  history: { put: undefined },
  queue: { send: undefined },
};

export function countWrites(ports: Ports): { readonly ports: Ports; readonly writes: () => number } {
  let count = 0;
  const counted = <Port extends object>(port: Port, methods: Readonly<Record<string, string | undefined>>): Port =>
    new Proxy(port, {
      get(target, name: string) {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== 'function' || !Object.hasOwn(methods, name)) return method;
        return async (...args: readonly unknown[]) => {
          const answer: unknown = await method.apply(target, args);
          if (answer === methods[name]) count += 1;
          return answer;
        };
      },
    });
  const entries = Object.entries(ports).map(([name, port]) => {
    const methods = WRITES[name as keyof Ports];
    return [name, methods ? counted(port as object, methods) : port];
  });
  return { ports: Object.fromEntries(entries) as Ports, writes: () => count };
}
