/** The form in which the stores of this package keep a head. The limits of its size count that form. */
import { ItemHashes } from '../engine/values/ranges/item-hashes.ts';
import { type Folded, foldItems, storedText, unfoldItems } from '../engine/values/ranges/item-ranges.ts';

export type { Folded };
export { foldItems, ItemHashes, storedText, unfoldItems };
