/** Patterns of ids and names that callers choose. */

/**
 * Letters, digits and `_ . : @ = -`. Not only dots, because URL paths drop `.` and `..`. No `#` and `/`, because stores use
 * them to separate the parts of a key.
 */
const idOf = (longest: number) => new RegExp(`^(?!\\.+$)[A-Za-z0-9_.:@=-]{1,${longest}}$`);

/** Ids of executions, signals and requests. */
export const ID = idOf(128);
/** A message says by this what `ID` allows. */
export const ID_RULE = '1 to 128 letters, digits or any of _ . : @ = -, and not only dots';
/** The id that a chunk gives its wait. Shorter than `WAIT_ID`, because `forEach` adds the path of the item. */
export const GIVEN_WAIT_ID = idOf(96);
export const WAIT_ID = idOf(256);

/** Names of flows, signals, chunks and the like. */
export const NAME = /^[A-Za-z0-9_.-]{1,128}$/;
/** A message says by this what `NAME` allows. */
export const NAME_RULE = '1 to 128 letters, digits or any of _ . -';
/** Most attributes of one execution. */
export const MOST_ATTRIBUTES = 16;
/** Names of flows, also of those that this package brings, such as `$bulk`. */
export const FLOW = /^\$?[A-Za-z0-9_.-]{1,128}$/;
