/** Counts that grow with a list: an update costs what is new, not what was there before. */

/**
 * Returns a function that adds the new items at the end of a list to what it counted before. For a list that has not grown at
 * its end it begins anew. The state is always the same object, unless it began anew.
 */
export function createFold<Item, State>(
  make: () => State,
  add: (state: State, item: Item) => void,
): (items: readonly Item[]) => State {
  let state = make();
  let seen: readonly Item[] = [];
  return (items) => {
    const last = seen.length - 1;
    const hasGrown = items.length > last && items[0] === seen[0] && items[last] === seen[last];
    if (!hasGrown) state = make();
    for (let i = hasGrown ? seen.length : 0; i < items.length; i++) add(state, items[i] as Item);
    seen = items;
    return state;
  };
}
