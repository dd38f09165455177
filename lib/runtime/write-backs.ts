/** What sub-flows write back, against the contract of the flow around them. */
import type { Facts } from '../engine/events.ts';
import type { AnyFlow } from '../flow/flow.ts';
import { conform, stateSchema } from './contract.ts';
import { flowAt } from './decisions.ts';

export function stateCheck(flow: AnyFlow): NonNullable<Facts['checkState']> {
  return (head, home, key, value) => {
    conform(stateSchema(flowAt(flow, head, home), key), value, `state.${key}`);
  };
}
