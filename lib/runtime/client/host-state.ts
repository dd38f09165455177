/** State writes from outside. */
import type { ItemAt, Key, NumberKey, PathOf, ValueAt } from '../../flow/authoring/facilities.ts';
import type { Sent } from './flow-client.ts';
import type { RequestOptions, SignalAnswer } from './types.ts';

export type HostWriteOptions = RequestOptions;

/**
 * State writes from outside. Sealed or closed executions answer `ignored`.
 * @throws FlowError `invalid_value` when the value violates the contract, or the path crosses a scalar
 */
export interface HostState<S = Readonly<Record<string, unknown>>> {
  set<P extends PathOf<Key<S>>>(path: P, value: Sent<ValueAt<S, P>>, options?: HostWriteOptions): Promise<SignalAnswer>;
  append<P extends PathOf<Key<S>>>(path: P, item: ItemAt<S, P>, options?: HostWriteOptions): Promise<SignalAnswer>;
  increment(path: NumberKey<S> | `${Key<S>}.${string}`, by?: number, options?: HostWriteOptions): Promise<SignalAnswer>;
  delete(path: PathOf<Key<S>>, options?: HostWriteOptions): Promise<SignalAnswer>;
}
