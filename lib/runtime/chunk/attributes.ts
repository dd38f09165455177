/**
 * Attributes that a chunk sets. They are committed with its outcome. A bad value throws at once, so that the chunk can
 * catch it and go on.
 */
import type { AnyContext, AnyFlow } from '../../flow/authoring/flow.ts';
import { checkAttribute } from '../app/contracts/attributes.ts';
import type { Operations } from './effects.ts';

export function createChunkAttributes(flow: AnyFlow, operations: Operations): AnyContext['attributes'] {
  return {
    set(name: string, value: unknown) {
      const write = { name, value: checkAttribute(flow, name, value) };
      return operations.perform(
        'attribute',
        name,
        () => write,
        async () => void operations.attributes.push(write),
      );
    },
  };
}
