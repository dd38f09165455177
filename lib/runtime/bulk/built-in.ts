/** The flows that this package brings: every app has them, and no app lists them. */
import type { App } from '../app/app.ts';
import { BULK, bulk, CALLS, type Calls } from './flow.ts';

/** @param calls makes what the chunks use; absent where no chunk runs */
export function withBuiltIns(app: App, calls?: () => Calls): App {
  if (app.flows.some(({ name }) => name === BULK)) return app;
  const resources = calls ? { ...app.resources, [CALLS]: calls } : app.resources;
  return { ...app, flows: [...app.flows, bulk], resources };
}

/** True for the name of a flow that this package brings. Callers neither start nor list such flows. */
export function isBuiltIn(flow: string): boolean {
  return flow.startsWith('$');
}
