/** A limit for hanging tests, far above the duration of a working test on a loaded machine. */
export const HANG_MS = 600_000;
