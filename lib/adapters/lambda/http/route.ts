/** What the routes of the API share: the parts they use, the ids in their paths, the checks of their queries. */
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
  /** Where whoever may read may answer, too: puts callback URLs into `GET /interrupts`. */
  readonly listedLink?: InterruptLink;
  readonly clock: Clock;
  /** Makes the ids of signals and links that come without one. */
  readonly entropy: Pick<Entropy, 'id'>;
  readonly log: Logger;
}

/** Answers what the caller may know; everything else is thrown. */
export type Route = (event: HttpEvent, options: ApiOptions) => Promise<HttpAnswer>;

/** By route key, such as `GET /executions/{id}`. */
export type Routes = Readonly<Record<string, Route>>;

const Nothing = z.strictObject({});

/** The `{id}` of the path. @throws FlowError `unknown_execution` when no execution can have it */
export function executionIdOf(event: HttpEvent): string {
  const id = pathParameter(event, 'id');
  if (ID.test(id)) return id;
  throw unknownExecution();
}

/** A part of the path, decoded where the caller has encoded it: no id and no name has a `%`. Empty when there is none. */
export function pathParameter(event: HttpEvent, name: string): string {
  const text = event.pathParameters?.[name] ?? '';
  try {
    return text.includes('%') ? decodeURIComponent(text) : text;
  } catch {
    return '';
  }
}

export function unknownExecution(): FlowError {
  return new FlowError('unknown_execution', 'There is no such execution.');
}

/** The query parameters in their shape. @throws FlowError `invalid_request`, also for one that the route does not know */
export function queryOf<T>(event: HttpEvent, shape: z.ZodType<T>): T {
  return checkShape(shape, event.queryStringParameters ?? {}, 'query');
}

/** @throws FlowError `invalid_request` when there is a query parameter */
export function noQuery(event: HttpEvent): void {
  queryOf(event, Nothing);
}
