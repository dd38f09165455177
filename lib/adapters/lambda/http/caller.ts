/** The caller of a request, by the identity that API Gateway authenticated. */
import { defined } from '../../../defined.ts';
import { member } from '../../../errors/thrown.ts';
import type { Caller } from '../../../runtime/client/types.ts';
import type { HttpEvent } from './body.ts';

/** Prefers the authenticated identity; the name given in the request is kept as `claimed`. */
export function callerOf(event: HttpEvent, claimed?: string): Caller {
  const actor = identityOf(event);
  if (actor !== undefined) return { actor, verified: true, ...defined({ claimed }) };
  return claimed === undefined ? {} : { actor: claimed };
}

/** Returns the ARN of an IAM principal or the subject of a JWT. Only API Gateway can set these fields. */
function identityOf({ requestContext }: HttpEvent): string | undefined {
  const authorizer = member(requestContext, 'authorizer');
  const iam = member(authorizer, 'iam');
  const claims = member(member(authorizer, 'jwt'), 'claims');
  const names = [member(iam, 'userArn'), member(iam, 'callerId'), member(claims, 'sub'), member(claims, 'email')];
  return names.find((name): name is string => typeof name === 'string' && name !== '');
}
