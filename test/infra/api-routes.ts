/** The routes of the HTTP API, and the permission that each asks for. A new route is added here by hand. */
import { z } from 'zod';
import type { Packaged } from './packaged.ts';

export type Permission = 'read' | 'write' | 'answer' | 'admin' | 'bulk';

/** By route key. */
export const PERMISSIONS: Readonly<Record<string, Permission>> = {
  'GET /flows': 'read',
  'GET /flows/{flow}': 'read',
  'GET /schedules': 'read',
  'GET /executions': 'read',
  'GET /executions/{id}': 'read',
  'GET /executions/{id}/snapshot': 'read',
  'GET /executions/{id}/stream': 'read',
  'GET /executions/{id}/value': 'read',
  'GET /executions/{id}/graph': 'read',
  'GET /executions/{id}/interrupts/{interruptId}': 'read',
  'GET /executions/{id}/history': 'read',
  'GET /executions/{id}/history/summary': 'read',
  'GET /executions/{id}/export': 'read',
  'GET /interrupts': 'read',
  'POST /flows/{flow}/executions': 'write',
  'POST /schedules/{flow}/{id}/trigger': 'write',
  'POST /executions/{id}/signals/{name}': 'write',
  'POST /executions/{id}/interventions': 'write',
  'POST /executions/{id}/interrupts/{interruptId}': 'answer',
  'POST /executions/{id}/interrupts/{interruptId}/links': 'answer',
  'DELETE /executions/{id}/interrupts/{interruptId}/links/{linkId}': 'answer',
  'POST /executions/{id}/seal': 'admin',
  'POST /executions/{id}/unseal': 'admin',
  'DELETE /executions/{id}': 'admin',
  'POST /executions/{id}/activations/{activationId}/due': 'admin',
  'POST /executions/{id}/pause': 'admin',
  'POST /executions/{id}/unpause': 'admin',
  'POST /executions/{id}/cancel': 'admin',
  'POST /executions/{id}/interrupts/{interruptId}/withdraw': 'admin',
  'POST /executions/{id}/close': 'admin',
  'POST /executions/{id}/redrive': 'admin',
  'POST /executions/{id}/forks': 'admin',
  'POST /executions/{id}/rerun': 'admin',
  'POST /bulk': 'bulk',
};

/** Routes whose path holds a signed token. */
export const OPEN: readonly string[] = ['GET /callbacks/{token}', 'POST /callbacks/{token}'];

export const isOpen = (route: string): boolean => OPEN.includes(route);

const Route = z.object({
  RouteKey: z.string(),
  AuthorizationType: z.string().optional(),
  AuthorizationScopes: z.array(z.string()).optional(),
  AuthorizerId: z.unknown().optional(),
});

/** The permission of each route of a template, by route key. */
export function routesOf(template: Packaged): ReadonlyMap<string, z.infer<typeof Route>> {
  const routes = template.ofType('AWS::ApiGatewayV2::Route').map(({ properties }) => Route.parse(properties));
  return new Map(routes.map((route) => [route.RouteKey, route]));
}
