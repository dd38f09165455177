/** Error answers of the API as one line that says what to do. */
import { z } from 'zod';
import { CliError, kindOf } from '../problems.ts';
import { programName } from '../program-name.ts';
import type { Request } from './api.ts';
import type { Connection } from './connection.ts';
import type { Answer } from './send.ts';

/** RFC 9457, and what API Gateway answers itself: `{ message }`. */
const Problem = z.looseObject({
  code: z.string().optional(),
  detail: z.string().optional(),
  title: z.string().optional(),
  message: z.string().optional(),
  path: z.string().optional(),
  problems: z.array(z.string()).optional(),
});

/** The advice for each code of the API whose own message gives none. */
const ADVICE: Readonly<Record<string, (program: string, id: string) => string>> = {
  invalid_input: (program, flow) => `"${program} flows ${flow}" shows what it takes.`,
  unknown_execution: (program) => `"${program} list" shows the newest.`,
  pending_interrupts: (program) => `"${program} approvals" lists them.`,
  unknown_flow: (program) => `"${program} flows" lists them.`,
  unknown: (program) => `"${program} approvals" lists the pending ones.`,
  not_failed: (program) => `"${program} list --status failed" lists those that have.`,
  internal: () => 'Its log has the details.',
};

export function problemOf(
  { status, text }: Pick<Answer, 'status' | 'text'>,
  { method, path }: Request,
  { name, kind }: Connection,
): CliError {
  const body = Problem.safeParse(parsed(text)).data ?? {};
  const { code, path: field, problems = [] } = body;
  if (status === 404 && (code === undefined || code === 'unknown_route')) {
    return new CliError('notFound', `${name} has no ${method} ${path}. It may be an older version, or another server.`);
  }
  const detail = body.detail ?? body.message ?? body.title ?? `It answered ${status}.`;
  const said = [detailOf(code, detail, path), ...problems.filter((each) => !detail.includes(each))].join(' ');
  const advice = code === undefined ? '' : (ADVICE[code]?.(programName(), idOf(path)) ?? '');
  const rights = status === 401 || status === 403 ? rightsOf(kind, code) : '';
  const message = [sentence(said), advice, rights].filter((each) => each !== '').join(' ');
  const how = code === 'preview_gone' ? 'notFound' : kindOf(status);
  return new CliError(how, message.replaceAll(/\s+/g, ' '), {
    status,
    ...(code === undefined ? {} : { code }),
    ...(field === undefined ? {} : { path: field }),
    ...(problems.length === 0 ? {} : { problems }),
  });
}

/** Details that would name ids and options otherwise than a command line does. */
const DETAILS: Readonly<Record<string, (id: string) => string>> = {
  preview_gone: () => 'There is no such preview. It is kept for an hour: make a new one by the action and a filter.',
  unknown_execution: (id) => `There is no execution ${id}.`,
  execution_conflict: () => 'This id belongs to an execution with another input or flow. Give another --id.',
  mismatch: () => 'This id was used with another value. Give another --id.',
  pending_interrupts: (id) => `${id} waits for answers. Answer them, or end the waits by --cancel-waits.`,
  asked_again: (id) => `${id} has asked again under this id. Read the new question, and name it by --generation.`,
};

/** Fields of requests that options have another name for. */
const OPTIONS: Readonly<Record<string, string>> = {
  name: 'signal',
  ratePerSecond: 'rate',
  resumeRequestId: 'id',
  ids: 'execution',
  attributes: 'attr',
};

/** `query.createdAfter` is `--created-after`, `body.filter.ids.2` is `--execution`. */
function inOptions(detail: string): string {
  return detail.replaceAll(/\b(?:query|body|filter)\.(?:filter\.)?(\w+)(?:\.\d+\b)?/g, (_, field: string) => {
    return `--${OPTIONS[field] ?? field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  });
}

const NO_EXECUTION = 'No execution has this id.';

function detailOf(code: string | undefined, detail: string, path: string): string {
  // The same code says that an execution lacks an activation.
  if (code === undefined || (code === 'unknown_execution' && detail !== NO_EXECUTION)) return detail;
  return DETAILS[code]?.(idOf(path)) ?? inOptions(detail);
}

/** The execution or the flow that a path names. */
function idOf(path: string): string {
  const [, id = ''] = /^\/(?:executions|flows)\/([^/?]+)/.exec(path) ?? [];
  return decodeURIComponent(id);
}

function rightsOf(kind: Connection['kind'], code: string | undefined): string {
  if (code === 'actor_required') return '';
  const who = kind === 'stage' ? 'Your AWS identity' : 'The token in FLOW_TOKEN';
  return `${who} needs the permission for this; infra/SECURITY.md lists who may call what.`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
