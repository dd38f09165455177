/** Origins: where something happens, what all that it causes inherits, and the error handlers among its causes. */
import type { NodeId } from '../flow/graph/graph.ts';
import type { Origin } from './head.ts';

/** The scope of the start and of outside signals. */
export const ROOT = '';

/** Just the origin of a row. */
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

/** Stands for handlers that caused something by a signal, not by what is written behind them. No node has this id. */
const BY_SIGNAL = '';

/** Whether a failure there is what the handler itself has led to. */
export function followsHandler({ handlers }: Pick<Origin, 'handlers'>, handler: NodeId): boolean {
  return handlers?.includes(handler) === true;
}

/** The path of a handler of what failed there. */
export function behindHandler(path: Origin, handler: NodeId): Origin {
  return { ...path, handlers: [...(path.handlers ?? []), handler] };
}

/** The path of what goes on in the place of the failed chunk, once its handler has given an output. */
export function inPlace(path: Origin, handler: NodeId): Origin {
  const { handlers = [], ...rest } = path;
  const before = handlers.filter((each) => each !== handler);
  return before.length > 0 ? { ...rest, handlers: before } : rest;
}

/** The path of what a signal, a join or a sub-flow starts: not what is written behind a handler. */
export function bySignal<P extends Origin>(path: P): P {
  return path.handlers ? { ...path, handlers: [BY_SIGNAL] } : path;
}
