/** Ids and names that callers choose. */

/**
 * Letters, digits and `_ . : @ = -`, but not only dots, which a URL path would lose. No `#` and no `/`: stores put them between
 * the parts of a key.
 */
const idOf = (longest: number) => new RegExp(`^(?!\\.+$)[A-Za-z0-9_.:@=-]{1,${longest}}$`);

/** Of executions, signals and requests. */
export const ID = idOf(128);
/** Of a wait, as its chunk gives it: inside `forEach` the path of the item is added. */
export const GIVEN_WAIT_ID = idOf(96);
export const WAIT_ID = idOf(256);

/** What flows, signals and chunks may be called. */
export const NAME = /^[A-Za-z0-9_.-]{1,128}$/;
