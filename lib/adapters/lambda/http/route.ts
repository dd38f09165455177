/** Shared parts of the API routes: options, path ids, query checks. */
import { z } from 'zod';
import { FlowError } from '../../../errors/errors.ts';
import { ID } from '../../../flow/ids.ts';
import type { Clock, Entropy, Logger } from '../../../ports/system.ts';
import type { App } from '../../../runtime/app/app.ts';
import type { Client } from '../../../runtime/client/types.ts';
import type { InterruptLink, MakeLink } from '../routes/links.ts';
import { checkShape, type HttpEvent } from './body.ts';
import type { HttpAnswer } from './respond.ts';

export interface ApiOptions {
  readonly app: App;
  readonly client: Client;
  readonly makeLink: MakeLink;
  /** Adds callback URLs to `GET /interrupts`, so that every reader may answer. Absent: no URLs. */
  readonly listedLink?: InterruptLink;
  readonly clock: Clock;
  /** Source of ids for signals and links sent without one. */
  readonly entropy: Pick<Entropy, 'id'>;
  readonly log: Logger;
}

/** Returns the response; throws for errors, which `failure` renders. */
export type Route = (event: HttpEvent, options: ApiOptions) => Promise<HttpAnswer>;

/** Routes by route key, such as `GET /executions/{id}`. */
export type Routes = Readonly<Record<string, Route>>;

const Nothing = z.strictObject({});

/** Returns the `{id}` of the path. @throws FlowError `unknown_execution` when it is not a valid id */
export function executionIdOf(event: HttpEvent): string {
  const id = pathParameter(event, 'id');
  if (ID.test(id)) return id;
  throw unknownExecution();
}

/** Returns a path parameter, decoded if it contains a `%`, which no id or name does. Empty when absent. */
export function pathParameter(event: HttpEvent, name: string): string {
  const text = event.pathParameters?.[name] ?? '';
  try {
    return text.includes('%') ? decodeURIComponent(text) : text;
  } catch {
    return '';
  }
}

export function unknownExecution(): FlowError {
  return new FlowError('unknown_execution', 'No execution has this id.');
}

/** Returns the query parameters in their shape. @throws FlowError `invalid_request`, also for unknown parameters */
export function queryOf<T>(event: HttpEvent, shape: z.ZodType<T>): T {
  return checkShape(shape, event.queryStringParameters ?? {}, 'query');
}

/** @throws FlowError `invalid_request` if there is any query parameter */
export function noQuery(event: HttpEvent): void {
  queryOf(event, Nothing);
}
