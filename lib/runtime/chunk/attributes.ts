/** Attributes that a chunk sets. They are committed with its outcome. */
import { type AttributeWrite, checkAttributeCount } from '../../engine/values/attributes.ts';
import type { AnyContext } from '../../flow/authoring/flow.ts';
import { checkAttribute } from '../app/contracts/attributes.ts';
import type { Operations } from './effects.ts';
import type { StateSource } from './state.ts';

export function createChunkAttributes(source: StateSource, operations: Operations): AnyContext['attributes'] {
  return {
    set(name: string, value: unknown) {
      const check = (): AttributeWrite => ({ name, value: checkAttribute(source.flow, name, value) });
      return operations.perform('attribute', name, check, async (write) => {
        checkAttributeCount(await source.head(), [...operations.attributes, write]);
        operations.attributes.push(write);
      });
    },
  };
}
