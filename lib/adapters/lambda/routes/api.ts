/** The authenticated API. Each resource has a file with its routes. */
import type { HttpEvent } from '../http/body.ts';
import { failure, type HttpAnswer, problem } from '../http/respond.ts';
import type { ApiOptions, Route } from '../http/route.ts';
import { bulkRoutes } from './bulk.ts';
import { controlRoutes } from './controls.ts';
import { valueRoutes } from './execution-value.ts';
import { executionRoutes } from './executions.ts';
import { exportRoutes } from './export.ts';
import { flowRoutes } from './flows.ts';
import { historyRoutes } from './history.ts';
import { interruptRoutes } from './interrupts.ts';
import { interventionRoutes } from './interventions.ts';
import { scheduleRoutes } from './schedules.ts';
import { streamRoutes } from './streams.ts';

export type { ApiOptions } from '../http/route.ts';

const ROUTES: ReadonlyMap<string, Route> = new Map(
  [
    executionRoutes,
    controlRoutes,
    bulkRoutes,
    interruptRoutes,
    interventionRoutes,
    streamRoutes,
    valueRoutes,
    historyRoutes,
    exportRoutes,
    flowRoutes,
    scheduleRoutes,
  ].flatMap(Object.entries<Route>),
);

/** Responds to every request, also to malformed ones; never throws. */
export function createApiHandler(options: ApiOptions): (event: HttpEvent) => Promise<HttpAnswer> {
  return async (event) => {
    try {
      const route = ROUTES.get(event.routeKey);
      return route ? await route(event, options) : problem('unknown_route', 'No route has this method and path.');
    } catch (error) {
      return failure(error, options.log);
    }
  };
}
