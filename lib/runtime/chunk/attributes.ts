/** Attributes that a chunk sets. They are committed with its outcome. */
import type { AnyContext, AnyFlow } from '../../flow/authoring/flow.ts';
import { checkAttribute } from '../app/contracts/attributes.ts';
import type { Operations } from './effects.ts';

export function createChunkAttributes(flow: AnyFlow, operations: Operations): AnyContext['attributes'] {
  return {
    set(name: string, value: unknown) {
      const check = () => ({ name, value: checkAttribute(flow, name, value) });
      return operations.perform('attribute', name, check, async (write) => void operations.attributes.push(write));
    },
  };
}
