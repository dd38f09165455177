/** Errors of commands: one line for people, one JSON object with `--json`, and an exit code for each kind. */
import { UsageError } from './usage.ts';

/** Exit codes by kind. */
export const EXIT = {
  failed: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  notAllowed: 5,
  noAnswer: 6,
  unsuccessful: 7,
} as const;

export type Kind = keyof typeof EXIT;

/** Each kind in a few words. */
export const WORDS: Readonly<Record<Kind, string>> = {
  failed: 'failed',
  usage: 'wrong use',
  notFound: 'not found',
  conflict: 'conflict',
  notAllowed: 'not allowed',
  noAnswer: 'no answer',
  unsuccessful: 'the execution failed or was cancelled',
};

/** Sentences of a document for each kind. */
export const KINDS: Readonly<Record<Kind, string>> = {
  failed: 'The command failed: a fault of the service, of the build, or of this program.',
  usage: 'The arguments or a value are wrong. Nothing was changed.',
  notFound: 'There is no such execution, flow, wait or route.',
  conflict: 'The state of the execution does not allow it, it was erased, or an id is taken.',
  notAllowed: 'There are no credentials, or they lack the permission.',
  noAnswer: 'The service does not answer, or has no room.',
  unsuccessful: 'The execution failed or was cancelled: of `watch`, and of `start`, `show` and `bulk` with `--wait`.',
};

export interface Details {
  readonly status?: number;
  /** Code of the service, as in the reference. */
  readonly code?: string;
  /** Field that was refused. */
  readonly path?: string;
  readonly problems?: readonly string[];
}

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly kind: Kind;
  readonly details: Details;

  constructor(kind: Kind, message: string, details: Details = {}) {
    super(message);
    this.kind = kind;
    this.details = details;
  }
}

/** The kind of an HTTP status. */
export function kindOf(status: number): Kind {
  if (status === 401 || status === 403) return 'notAllowed';
  if (status === 404) return 'notFound';
  if (status === 409 || status === 410) return 'conflict';
  if (status === 429 || status === 503 || status === 507) return 'noAnswer';
  return status >= 400 && status < 500 ? 'usage' : 'failed';
}

export function asCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof UsageError) return new CliError('usage', error.message);
  if (!(error instanceof Error)) return new CliError('failed', String(error));
  if (error.name === 'CredentialsProviderError') {
    const how = 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile (--aws-profile or AWS_PROFILE).';
    const why = error.message.replace(/\.$/, '');
    return new CliError('notAllowed', `There are no AWS credentials: ${why}. ${how}`);
  }
  if (/AccessDenied|UnrecognizedClient|InvalidClientToken|ExpiredToken|SignatureDoesNotMatch/.test(error.name)) {
    return new CliError('notAllowed', `AWS refuses the call: ${error.message}`);
  }
  // Other errors of this package show their stack: they are defects.
  return new CliError('failed', error.name === 'Error' ? error.message : (error.stack ?? error.message));
}

export function errorJson({ kind, message, details }: CliError): string {
  return JSON.stringify({ error: { kind, exitCode: EXIT[kind], message, ...details } });
}
