/** How far a list is. */
export interface Counts {
  readonly done: number;
  readonly running: number;
  readonly retrying: number;
  readonly waiting: number;
  readonly failed: number;
  readonly total: number;
}
