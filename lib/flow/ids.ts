/** Ids that callers choose: of executions, signals, interrupts, requests. */

/**
 * 1 to 128 letters, digits and `_ . : @ = -`, but not only dots, which a URL path would lose. No `#` and no `/`: stores put them
 * between the parts of a key.
 */
export const ID = /^(?!\.+$)[A-Za-z0-9_.:@=-]{1,128}$/;
