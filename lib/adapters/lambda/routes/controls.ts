/** Controls of an execution: signals, seal, pause, cancel, close, redrive, fork, rerun. The response confirms acceptance. */
import { z } from 'zod';
import { defined } from '../../../defined.ts';
import { FlowError } from '../../../errors/errors.ts';
import { NAME, NAME_RULE } from '../../../flow/ids.ts';
import type { Json } from '../../../flow/json.ts';
import { activationId, actor, correlation, pendingInterrupts, reason } from '../../../flow/options/calls.ts';
import type { Client, HostAnswer } from '../../../runtime/client/types.ts';
import { type HttpEvent, idempotencyKey, readOptionalJson } from '../http/body.ts';
import { callerOf } from '../http/caller.ts';
import { type HttpAnswer, json, problem } from '../http/respond.ts';
import {
  type ApiOptions,
  executionIdOf,
  noQuery,
  pathParameter,
  type Route,
  type Routes,
  unknownExecution,
} from '../http/route.ts';

const SignalBody = z.strictObject({
  value: z.custom<Json>((value) => value !== undefined).default(null),
  correlation: correlation.optional(),
});
const CloseBody = z.strictObject({ pendingInterrupts: pendingInterrupts.default('reject') });
const RedriveBody = z.strictObject({ actor: actor.optional() });
const ForkBody = z.strictObject({ activationId: activationId.optional(), actor: actor.optional() });
const RerunBody = z.strictObject({
  from: activationId,
  input: z.custom<Json>((value) => value !== undefined).optional(),
  actor: actor.optional(),
});
const CancelBody = z.strictObject({ reason: reason.optional(), actor: actor.optional() });
const ActorBody = z.strictObject({ actor: actor.optional() });
const NoBody = z.strictObject({});

export const controlRoutes: Routes = {
  'POST /executions/{id}/signals/{name}': signal,
  'POST /executions/{id}/seal': host((client, id) => client.seal(id)),
  'POST /executions/{id}/unseal': host((client, id) => client.unseal(id)),
  'POST /executions/{id}/pause': pausing((client) => client.pause),
  'POST /executions/{id}/unpause': pausing((client) => client.unpause),
  'POST /executions/{id}/cancel': cancel,
  'DELETE /executions/{id}': erase,
  'POST /executions/{id}/activations/{activationId}/due': due,
  'POST /executions/{id}/close': close,
  'POST /executions/{id}/redrive': redrive,
  'POST /executions/{id}/forks': fork,
  'POST /executions/{id}/rerun': rerun,
};

async function signal(event: HttpEvent, { client, entropy }: ApiOptions): Promise<HttpAnswer> {
  const executionId = executionIdOf(event);
  const name = signalNameOf(event);
  noQuery(event);
  const signalId = idempotencyKey(event) ?? entropy.id();
  const { value, correlation } = readOptionalJson(event, SignalBody);
  const options = { requestId: signalId, ...defined({ correlation }) };
  const outcome = await client.signal(executionId, name, value, options);
  switch (outcome) {
    case 'accepted':
    case 'duplicate':
      return json(202, { executionId, signalId, outcome });
    case 'mismatch':
      return problem('mismatch', 'This signal id was used with another name or value. Send a new one.', { signalId });
    case 'ignored':
      return problem('ignored', 'The execution is sealed or closed, so the signal was ignored.');
    case 'busy':
      return problem(
        'contention',
        'Too many concurrent writes: the signal was not accepted. Send it again with this id.',
        { signalId },
      );
    case 'unknown':
      throw unknownExecution();
  }
}

async function cancel(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const executionId = executionIdOf(event);
  noQuery(event);
  const { reason, actor } = readOptionalJson(event, CancelBody);
  const options = { ...callerOf(event, actor), ...defined({ reason }) };
  return hostAnswer(executionId, await client.cancel(executionId, options));
}

function signalNameOf(event: HttpEvent): string {
  const name = pathParameter(event, 'name');
  if (NAME.test(name)) return name;
  throw new FlowError('invalid_request', `name: use a signal name of ${NAME_RULE}`, {
    details: { path: 'name' },
  });
}

function host(call: (client: Client, executionId: string) => Promise<HostAnswer>): Route {
  return async (event, { client }) => {
    const executionId = executionIdOf(event);
    noQuery(event);
    readOptionalJson(event, NoBody);
    return hostAnswer(executionId, await call(client, executionId));
  };
}

function pausing(call: (client: Client) => Client['pause']): Route {
  return async (event, { client }) => {
    const executionId = executionIdOf(event);
    noQuery(event);
    const { actor } = readOptionalJson(event, ActorBody);
    return hostAnswer(executionId, await call(client)(executionId, callerOf(event, actor)));
  };
}

function hostAnswer(executionId: string, outcome: HostAnswer): HttpAnswer {
  if (outcome === 'unknown') throw unknownExecution();
  return json(202, { executionId, outcome });
}

async function close(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const executionId = executionIdOf(event);
  noQuery(event);
  const policy = readOptionalJson(event, CloseBody);
  const answer = await client.close(executionId, policy);
  if (answer.kind === 'unknown') throw unknownExecution();
  if (answer.kind !== 'pendingInterrupts') return json(202, { executionId, outcome: answer.kind });
  return problem(
    'pending_interrupts',
    'Interrupts are pending. Answer them, or close with "pendingInterrupts": "cancel".',
    {
      interruptIds: answer.ids,
    },
  );
}

async function erase(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const executionId = executionIdOf(event);
  noQuery(event);
  const { actor } = readOptionalJson(event, ActorBody);
  const outcome = await client.erase(executionId, callerOf(event, actor));
  if (outcome === 'unknown') throw unknownExecution();
  return json(202, { executionId, outcome });
}

async function due(event: HttpEvent, { client }: ApiOptions): Promise<HttpAnswer> {
  const executionId = executionIdOf(event);
  const id = pathParameter(event, 'activationId');
  noQuery(event);
  const { actor } = readOptionalJson(event, ActorBody);
  const outcome = await client.due(executionId, id, callerOf(event, actor));
  if (outcome === 'unknown')
    throw new FlowError('unknown_execution', 'No execution has this id, or it has no such activation any more.');
  return json(202, { executionId, activationId: id, outcome });
}

async function redrive(event: HttpEvent, { client, entropy }: ApiOptions): Promise<HttpAnswer> {
  const executionId = executionIdOf(event);
  noQuery(event);
  const redriveId = idempotencyKey(event) ?? entropy.id();
  const { actor } = readOptionalJson(event, RedriveBody);
  const outcome = await client.redrive(executionId, { requestId: redriveId, ...callerOf(event, actor) });
  if (outcome === 'unknown') throw unknownExecution();
  if (outcome !== 'notFailed') return json(202, { executionId, redriveId, outcome });
  return notFailed();
}

async function fork(event: HttpEvent, { client, entropy }: ApiOptions): Promise<HttpAnswer> {
  const executionId = executionIdOf(event);
  noQuery(event);
  const id = idempotencyKey(event) ?? entropy.id();
  const { activationId, actor } = readOptionalJson(event, ForkBody);
  const options = {
    id,
    ...defined({ activationId }),
    ...callerOf(event, actor),
  };
  const { kind } = await client.fork(executionId, options);
  if (kind === 'unknown') throw unknownExecution();
  if (kind === 'notFailed') return notFailed(activationId);
  return json(202, { executionId: id, forkedFrom: executionId, outcome: kind });
}

async function rerun(event: HttpEvent, { client, entropy }: ApiOptions): Promise<HttpAnswer> {
  const executionId = executionIdOf(event);
  noQuery(event);
  const id = idempotencyKey(event) ?? entropy.id();
  const { from, input, actor } = readOptionalJson(event, RerunBody);
  const { kind } = await client.rerun(executionId, { id, from, ...defined({ input }), ...callerOf(event, actor) });
  if (kind === 'unknown') {
    throw new FlowError('unknown_execution', 'No execution has this id, or its history has no such activation.');
  }
  return json(202, { executionId: id, forkedFrom: executionId, outcome: kind });
}

function notFailed(activationId?: string): HttpAnswer {
  const which = activationId === undefined ? '' : ` of the activation ${JSON.stringify(activationId)}`;
  return problem('not_failed', `The execution has no failure${which} that could be retried.`);
}
