/** The greeting of `npm start`: addresses, and commands to paste. */

import type { Host } from '../host.ts';

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

Approve (fetches the callback URL of the waiting approval, then posts the decision):
  ${approveCommand(url, id)}`;
}

function anyFlow(url: string, [flow]: readonly string[]): string {
  if (flow === undefined) return 'The app has no flows yet.';
  const body = `-H 'Content-Type: application/json' -d '{"input": …}'`;
  return `Start ${flow} with an input of yours (${url}/flows lists what else there is):
  curl -sS ${url}/flows/${flow}/executions ${body}`;
}

export function startCommand(url: string, id: string): string {
  const headers = `-H 'Content-Type: application/json' -H 'Idempotency-Key: ${id}'`;
  const input = { ticket: id, amountCents: 50_000, reason: 'arrived broken' };
  return `curl -sS ${url}/flows/refund-approval/executions ${headers} -d '${JSON.stringify({ input })}'`;
}

export function lookCommand(url: string, id: string): string {
  return `curl -sS ${url}/executions/${id}`;
}

/** Waits up to 10 s for the approval, so that all commands can be pasted at once. */
export function approveCommand(url: string, id: string): string {
  const script = [
    'let waiting',
    `for (let i = 0; i < 50 && !waiting; i++) { const { items } = await (await fetch("${url}/interrupts")).json(); waiting = items.find((item) => item.executionId === "${id}"); if (!waiting) await new Promise((resolve) => setTimeout(resolve, 200)) }`,
    `const headers = { "Content-Type": "application/json", "Idempotency-Key": "approve-${id}" }`,
    'const body = JSON.stringify({ value: { approved: true, note: "fine" }, actor: "me" })',
    `console.log(waiting ? await (await fetch(waiting.callbackUrl, { method: "POST", headers, body })).text() : "${id} waits for nobody")`,
  ];
  return `node --input-type=module -e '${script.join('; ')}'`;
}
