/** Who did something to an execution, and how that is known. */
import type { ResumeEntry } from '../head.ts';

export interface Attribution {
  /** Identity of a verified actor. Else the person a link was made for, or the name that the caller gave. */
  actor?: string;
  /** Whether the actor was authenticated. Absent: nobody has looked. */
  verified?: boolean;
  /** The name that the caller gave, where the actor is known otherwise. */
  claimed?: string;
  /** The caller held a link: the link says who it was made for, not who used it. */
  via?: 'link';
}

/** The answer that an activation was given, or that runs it again. */
export interface Answered extends Pick<Attribution, 'actor' | 'verified'> {
  interrupt: string;
  requestId: string;
  at: number;
}

/** Nothing but the attribution, without members that say nothing. */
export function attributionOf({ actor, verified, claimed, via }: Readonly<Attribution>): Attribution {
  return {
    ...(actor === undefined ? {} : { actor }),
    ...(verified === undefined ? {} : { verified }),
    ...(claimed === undefined ? {} : { claimed }),
    ...(via === undefined ? {} : { via }),
  };
}

export function answeredBy({ id, requestId = '', at, actor, verified }: ResumeEntry): Answered {
  return {
    interrupt: id,
    requestId,
    at,
    ...(actor === undefined ? {} : { actor }),
    ...(verified ? { verified } : {}),
  };
}
