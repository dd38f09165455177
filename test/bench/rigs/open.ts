/** The rigs by the names of their stores. */
import { createEmbeddedRig } from './embedded-rig.ts';
import { createMemoryRig } from './memory-rig.ts';
import { createModelRig } from './model-rig.ts';
import type { Rig, Store } from './rig.ts';

export async function openRig(store: Store): Promise<Rig> {
  switch (store) {
    case 'embedded':
      return createEmbeddedRig();
    case 'memory':
      return createMemoryRig();
    case 'model':
      return createModelRig();
    default:
      return store satisfies never;
  }
}
