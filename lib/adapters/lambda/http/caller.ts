/** Who calls, by the identity that API Gateway has authenticated. */
import { defined } from '../../../defined.ts';
import { member } from '../../../errors/thrown.ts';
import type { Caller } from '../../../runtime/client/types.ts';
import type { HttpEvent } from './body.ts';

/** The authenticated identity comes before the name that the caller gives; that is kept beside it. */
export function callerOf(event: HttpEvent, claimed?: string): Caller {
  const actor = identityOf(event);
  if (actor !== undefined) return { actor, verified: true, ...defined({ claimed }) };
  return claimed === undefined ? {} : { actor: claimed };
}

/** The ARN of an IAM principal, or the subject of a JWT. No request can write what API Gateway puts here. */
function identityOf({ requestContext }: HttpEvent): string | undefined {
  const authorizer = member(requestContext, 'authorizer');
  const iam = member(authorizer, 'iam');
  const claims = member(member(authorizer, 'jwt'), 'claims');
  const names = [member(iam, 'userArn'), member(iam, 'callerId'), member(claims, 'sub'), member(claims, 'email')];
  return names.find((name): name is string => typeof name === 'string' && name !== '');
}
