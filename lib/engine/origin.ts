/** Origins: positions of work, inherited by everything it causes, and the error handlers among its causes. */
import type { NodeId } from '../flow/graph/graph.ts';
import type { Origin } from './head.ts';

/** The scope of the start and of outside signals without a correlation. */
export const ROOT = '';

/** Copies only the origin of a row. */
export function originOf({ scope, home, items, side, cascade, handlers }: Origin): Origin {
  return {
    scope,
    ...(home === undefined ? {} : { home }),
    ...(items === undefined ? {} : { items }),
    ...(side ? { side } : {}),
    ...(cascade === undefined ? {} : { cascade }),
    ...(handlers === undefined ? {} : { handlers }),
  };
}

/**
 * Replaces the ids of handlers that caused work through a signal, not through their own output. No node has this id.
 */
const BY_SIGNAL = '';

/** True when the handler caused the work at this origin. */
export function followsHandler({ handlers }: Pick<Origin, 'handlers'>, handler: NodeId): boolean {
  return handlers?.includes(handler) === true;
}

/** The origin of a handler that handles a failure at `origin`. */
export function originOfHandler(origin: Origin, handler: NodeId): Origin {
  return { ...origin, handlers: [...(origin.handlers ?? []), handler] };
}

/** The origin of a handler's output when it replaces the output of the failed chunk. */
export function inPlace(origin: Origin, handler: NodeId): Origin {
  const { handlers = [], ...rest } = origin;
  const before = handlers.filter((each) => each !== handler);
  return before.length > 0 ? { ...rest, handlers: before } : rest;
}

/** The origin of work that a signal, a join or a sub-flow starts. */
export function bySignal<P extends Origin>(origin: P): P {
  return origin.handlers ? { ...origin, handlers: [BY_SIGNAL] } : origin;
}
