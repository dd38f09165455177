/** Compares the history of a random flow with what its chunks got and made. */
import { canonical, type Json } from '../../../lib/flow/json.ts';
import type { Kit } from '../../runtime/kit.ts';
import type { Notes } from './notes.ts';

type Ref = { readonly path: string } | undefined;

/** @param isAll whether it has a record of each activation */
export async function checkHistory(kit: Kit, id: string, notes: Notes, isAll: boolean): Promise<void> {
  const { seen, inputs, outputs, wrong } = notes;
  const compare = async (what: string, shown: Json | undefined, ref: Ref, want: Json | undefined) => {
    if (shown === undefined || want === undefined) return;
    const got = canonical(ref ? await readAll(kit, id, ref.path) : shown);
    if (got !== canonical(want)) wrong.push(`history: ${what} is ${got}, not ${canonical(want)}`);
  };
  const found = new Set<string>();
  for await (const item of kit.client.history(id)) {
    const { type, activationId = '', input, inputRef, output, outputRef, lost } = item;
    found.add(activationId);
    if (lost) continue;
    if (type === 'attempt_started')
      await compare(`input of ${activationId}`, input, inputRef, inputs.get(activationId));
    if (type === 'attempt_succeeded')
      await compare(`output of ${activationId}`, output, outputRef, outputs.get(activationId));
  }
  if (!isAll) return;
  for (const [activation, text] of seen) if (!found.has(activation)) wrong.push(`history: no ${activation}, ${text}`);
}

async function readAll(kit: Kit, id: string, path: string): Promise<Json> {
  let text = '';
  for (let from: number | undefined = 0; from !== undefined; ) {
    const part: { readonly text: string; readonly next?: number } | undefined = await kit.client.readValue(id, path, {
      from,
    });
    text += part?.text ?? '';
    from = part?.next;
  }
  return JSON.parse(text);
}
