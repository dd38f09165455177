/** Faults of port calls, for tests: calls that fail, get lost, are late, or end their process. */
import type { Ports } from '../../ports/ports.ts';

/** Methods of these ports can meet a fault. */
const FAULTY = [
  'executions',
  'values',
  'ledger',
  'streams',
  'flowData',
  'artifacts',
  'history',
  'attributes',
  'queue',
] as const;

/** A port call of a process. */
export interface PortCall {
  /** Port and method, such as `executions.commit`. */
  readonly name: string;
  /** Number of the call in its process, from 1. */
  readonly n: number;
  readonly input: readonly unknown[];
}

/**
 * The fault of a call. `before`: it fails without effect. `after`: it is applied and fails. `dieBefore`, `dieAfter`: the
 * process ends before or after it is applied, so this and later calls never return. `answer`: it is not applied and returns
 * this.
 */
export type Fault = 'before' | 'after' | 'dieBefore' | 'dieAfter' | { readonly answer: unknown };

/** Chooses the fault of each call. The call waits for a promise before it is applied. */
// biome-ignore lint/suspicious/noConfusingVoidType: a promise that only delays the call is typed as void
export type FaultPlan = (call: PortCall) => Fault | undefined | Promise<Fault | undefined | void>;

type Method = (...input: readonly unknown[]) => unknown;

/**
 * Returns the ports of one process whose calls meet the faults of the plan.
 * @param died called once, when a fault ends the process
 */
export function withFaults(ports: Ports, plan: FaultPlan, died: () => void = () => undefined): Ports {
  let n = 0;
  let dead = false;
  const end = (): Promise<never> => {
    if (!dead) died();
    dead = true;
    return new Promise(() => undefined);
  };
  const call = async (name: string, input: readonly unknown[], apply: () => unknown): Promise<unknown> => {
    if (dead) return end();
    n += 1;
    const chosen = plan({ name, n, input });
    const fault = chosen instanceof Promise ? await chosen : chosen;
    if (dead || fault === 'dieBefore') return end();
    if (fault === 'before') throw new Error('injected: not done');
    if (typeof fault === 'object') return fault.answer;
    const result = await apply();
    if (dead || fault === 'dieAfter') return end();
    if (fault === 'after') throw new Error('injected: done, outcome unknown');
    return result;
  };
  const faulty = FAULTY.map((port) => [
    port,
    new Proxy(ports[port], {
      get:
        (target, property) =>
        (...input: readonly unknown[]) => {
          const method = Reflect.get(target, property) as Method;
          return call(`${port}.${String(property)}`, input, () => method.apply(target, [...input]));
        },
    }),
  ]);
  return { ...ports, ...Object.fromEntries(faulty) };
}
