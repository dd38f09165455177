/** Contracts of a flow and its sub-flows, in the form that the reducer looks them up. */
import type { Lookups } from '../../../engine/lookups.ts';
import type { AnyFlow } from '../../../flow/authoring/flow.ts';
import { flowAt } from '../lookup.ts';
import { validate } from './contract.ts';
import { appendedItem, stateSchema, written } from './state-contract.ts';

export function contractLookups(flow: AnyFlow): Pick<Lookups, 'written' | 'appended' | 'captured'> {
  return {
    written: (head, home, operation, current) => written(flowAt(flow, head, home), operation, current),
    appended: (head, home, operation, bytes) => appendedItem(flowAt(flow, head, home), operation, bytes),
    captured(head, home, node, key) {
      const child = flowAt(flow, head, home).children.get(node);
      const schema = key === undefined ? child?.contract.input : child && stateSchema(child, key);
      return schema && ((value) => validate(schema, value, key === undefined ? 'input' : `state.${key}`));
    },
  };
}
