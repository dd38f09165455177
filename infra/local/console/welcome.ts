/** The greeting of `npm start`: addresses, and commands to paste. */
import { programName } from '../../cli/program-name.ts';
import type { Host } from '../host.ts';

const DEFAULT_URL = 'http://127.0.0.1:3000';

/** @param id of the execution in the commands. A new one at each start, because earlier executions are kept */
export function welcome(
  { url, endpoint, queueEndpoint, flows }: Pick<Host, 'url' | 'endpoint' | 'queueEndpoint' | 'flows'>,
  id: string,
): string {
  const api =
    endpoint === queueEndpoint ? `${endpoint} (table and queues)` : `${endpoint} (table), ${queueEndpoint} (queues)`;
  return `
API        ${url}
Console    ${url}/console
AWS API    ${api}

${flows.includes('refund-approval') ? refund(url, id) : anyFlow(url, flows)}
`;
}

function refund(url: string, id: string): string {
  return `Start a refund that needs a person:
  ${startCommand(url, id)}

Look:
  ${lookCommand(url, id)}

Approve:
  ${approveCommand(url, id)}`;
}

function anyFlow(url: string, [flow]: readonly string[]): string {
  if (flow === undefined) return 'The app has no flows yet.';
  return `Start ${flow} with an input of yours ("${programName()} flows${at(url)}" lists what else there is):
  ${programName()} start ${flow} --input …${at(url)}`;
}

export function startCommand(url: string, id: string): string {
  const input = JSON.stringify({ ticket: id, amountCents: 50_000, reason: 'arrived broken' });
  return `${programName()} start refund-approval --id ${id} --input '${input}'${at(url)}`;
}

export function lookCommand(url: string, id: string): string {
  return `${programName()} show ${id}${at(url)}`;
}

/** Waits up to 10 s for the question, so that all commands can be pasted at once. */
export function approveCommand(url: string, id: string): string {
  const value = JSON.stringify({ approved: true, note: 'fine' });
  return `${programName()} answer ${id} --within 10 --value '${value}'${at(url)}`;
}

/** Commands find the usual address by themselves. */
function at(url: string): string {
  return url === DEFAULT_URL ? '' : ` --url ${url}`;
}
