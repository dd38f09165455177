/** Ends what hangs. Nothing that works comes near it, however loaded the machine is. */
export const HANG_MS = 600_000;
