/** Reads one value of an execution part by part: for values that are too large for a view. */
import type { Head, Value } from '../../engine/head.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Client } from '../client/types.ts';
import { loadValue } from '../commit/values.ts';

/** Characters of one part: at most 3 MB in a JSON response. */
const MOST = 1_000_000;

export function createValueReader({ executions, values }: Pick<Ports, 'executions' | 'values'>): Client['readValue'] {
  return async (executionId, path, { from = 0, most = MOST } = {}) => {
    const record = await executions.load(executionId);
    if (!record) return undefined;
    const value = valueAt(record.head, path);
    if (!value) {
      throw new FlowError(
        'invalid_request',
        `Execution ${executionId} has no value "${path}". Use input, state.<key> or interventions.<index>.`,
        { details: { path } },
      );
    }
    const text = JSON.stringify(await loadValue(values, record.head, value));
    const end = wholeCharacter(text, from + most);
    return { text: text.slice(from, end), length: text.length, ...(end < text.length ? { next: end } : {}) };
  };
}

function valueAt(head: Head, path: string): Value | undefined {
  const [part, ...rest] = path.split('.');
  const key = rest.join('.');
  switch (part) {
    case 'input':
      return key === '' ? head.input : undefined;
    case 'state':
      return Object.hasOwn(head.state, key) ? head.state[key] : undefined;
    case 'interventions':
      return head.interventions?.[Number(key)]?.payload;
    default:
      return undefined;
  }
}

/** The end of a part: never between the two halves of a character. */
function wholeCharacter(text: string, end: number): number {
  const code = text.charCodeAt(end - 1);
  return end < text.length && code >= 0xd800 && code <= 0xdbff ? end - 1 : end;
}
