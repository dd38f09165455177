/** The command line that starts the same execution. */
import type { FormProps } from '../form/schema-form.tsx';
import { readForm } from '../form/values.ts';

export function sameCommand(flow: string, { fields, texts }: Pick<FormProps, 'fields' | 'texts'>): string {
  const { value } = readForm(fields, texts);
  const text = JSON.stringify({ input: value }).replaceAll("'", "'\\''");
  return `curl ${location.origin}/flows/${flow}/executions \\\n  -H 'Content-Type: application/json' \\\n  -d '${text}'`;
}
