/** Options shared by several operators. */
import { checkFits } from '../options/check.ts';
import { atLeastOne } from '../options/policies.ts';

export interface SideOption {
  readonly sideBranch?: boolean;
}

export interface LimitOption {
  readonly concurrency?: number;
}

export interface Side {
  /** The step is a side branch: the main path continues from the same point. */
  readonly side?: true;
}

export interface Limit {
  readonly concurrency?: number;
}

export function sideOf(options: SideOption | undefined): Side {
  return options?.sideBranch ? { side: true } : {};
}

/** @throws FlowError `definition_invalid` */
export function limitOf({ concurrency }: LimitOption, where: string): Limit {
  if (concurrency === undefined) return {};
  checkFits(atLeastOne, concurrency, `concurrency of ${where}`);
  return { concurrency };
}
