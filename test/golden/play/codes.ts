/** Maps failures of this engine to the codes of the format. */
import { FlowError } from '../../../lib/index.ts';
import type { ExecutionView } from '../../../lib/runtime/client/types.ts';
import { GoldenError } from '../format.ts';

type Failure = NonNullable<ExecutionView['error']>;

/** Errors in chunks. */
const OF_CHUNKS: Readonly<Record<string, string>> = {
  missing_resource: 'missing_resource',
  resume_limit: 'self_resume_limit',
  missing_capture: 'sub_flow_path_missing',
};

/** The failure of an execution as the error that host calls of the original raise. */
export function failureOf({ code, message }: Failure): GoldenError {
  if (code === undefined) return new GoldenError('chunk_error', message);
  if (code === 'invalid_pause' && message.includes('maxResumes'))
    return new GoldenError('invalid_max_resumes', message);
  return new GoldenError(OF_CHUNKS[code] ?? `other: ${code}`, message);
}

/** Errors of host calls. */
const OF_HOSTS: Readonly<Record<string, string>> = {
  interventions_off: 'interventions_disabled',
  interventions_closed: 'interventions_closed',
};

/** Any error thrown at the host. */
export function errorOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof GoldenError) return { code: error.code, message: error.message };
  if (FlowError.is(error)) return { code: OF_HOSTS[error.code] ?? `other: ${error.code}`, message: error.message };
  throw error;
}
