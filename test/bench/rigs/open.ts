/** The rigs by the names of their stores. */
import { createMemoryRig } from './memory-rig.ts';
import { createModelRig } from './model-rig.ts';
import type { Rig, Store } from './rig.ts';

export async function openRig(store: Store): Promise<Rig> {
  switch (store) {
    case 'embedded':
      // Only when asked for: its server cannot be bundled.
      return (await import('./embedded-rig.ts')).createEmbeddedRig();
    case 'memory':
      return createMemoryRig();
    case 'model':
      return createModelRig();
    default:
      return store satisfies never;
  }
}
