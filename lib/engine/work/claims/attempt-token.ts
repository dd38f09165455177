/** Tokens identify one attempt. Events with a token that is not the current one change nothing. */
import type { Activation } from '../../head.ts';

/** `redriven`: a redrive counts attempts from zero, and the same lease may claim the activation again. */
export interface Token extends Readonly<Pick<Activation, 'attempt' | 'redriven'>> {
  readonly activation: string;
  readonly fence: number;
}

export function tokenOf({ id, fence = 0, attempt, redriven }: Activation): Token {
  return { activation: id, fence, attempt, ...(redriven === undefined ? {} : { redriven }) };
}

/** Whether this attempt is the current one of the activation. */
export function isHeldBy(row: Activation | undefined, { fence, attempt, redriven }: Token): row is Activation {
  return row?.fence === fence && row.attempt === attempt && row.redriven === redriven;
}

export function tokenKey({ activation, fence, attempt, redriven }: Token): string {
  const key = `${activation}:${fence}:${attempt}`;
  return redriven === undefined ? key : `${key}:${redriven}`;
}
