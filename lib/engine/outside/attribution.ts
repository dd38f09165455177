/** Attribution: who did something to an execution, and how the identity is known. */
import { defined } from '../../defined.ts';
import type { ResumeEntry } from '../head.ts';

export interface Attribution {
  /** Identity of a verified actor. Otherwise the person a link was made for, or the name that the caller gave. */
  actor?: string;
  /** Whether the actor was authenticated. Absent: not checked. */
  verified?: boolean;
  /** The name that the caller gave, when `actor` comes from another source. */
  claimed?: string;
  /** The caller used a link. The link names the person it was made for, who may not be the one who used it. */
  via?: 'link';
  /** Id of the execution that did it, to many. */
  bulk?: string;
}

/** Who or what started an execution. */
export interface StartedBy extends Attribution {
  /** Id of a schedule of the flow. */
  schedule?: string;
}

/** The answer that is an activation's input or runs it again. */
export interface Answered extends Pick<Attribution, 'actor' | 'verified'> {
  interrupt: string;
  requestId: string;
  at: number;
}

/** Copies the attribution without absent members. */
export function attributionOf({ actor, verified, claimed, via, bulk }: Readonly<Attribution>): Attribution {
  return {
    ...defined({ actor, verified, claimed, via, bulk }),
  };
}

export function answeredBy({ id, requestId = '', at, actor, verified }: ResumeEntry): Answered {
  return {
    interrupt: id,
    requestId,
    at,
    ...defined({ actor }),
    ...(verified ? { verified } : {}),
  };
}
