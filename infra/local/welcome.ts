/** What `npm start` prints: the address, and commands that work as they stand. */

const INPUT = { ticket: 'T-1', amountCents: 50_000, reason: 'arrived broken' };

export function welcome(url: string, endpoint: string): string {
  return `
API        ${url}
AWS API    ${endpoint} (table and queues)

Start a refund that needs a person:
  ${startCommand(url)}

Look:
  ${lookCommand(url)}

Approve (fetches the callback URL of the waiting approval, then posts the decision):
  ${approveCommand(url)}
`;
}

export function startCommand(url: string): string {
  const headers = "-H 'Content-Type: application/json' -H 'Idempotency-Key: T-1'";
  return `curl -sS ${url}/flows/refund-approval/executions ${headers} -d '${JSON.stringify({ input: INPUT })}'`;
}

export function lookCommand(url: string): string {
  return `curl -sS ${url}/executions/T-1`;
}

export function approveCommand(url: string): string {
  const script = [
    `const { items } = await (await fetch("${url}/interrupts")).json()`,
    'const waiting = items.find((item) => item.executionId === "T-1")',
    'if (!waiting) throw new Error("T-1 waits for nobody")',
    'const headers = { "Content-Type": "application/json", "Idempotency-Key": "approve-T-1" }',
    'const body = JSON.stringify({ value: { approved: true, note: "fine" }, actor: "me" })',
    'console.log(await (await fetch(waiting.callbackUrl, { method: "POST", headers, body })).text())',
  ];
  return `node --input-type=module -e '${script.join('; ')}'`;
}
