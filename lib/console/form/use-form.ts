import { useMemo, useState } from 'react';
import { fieldsOf, type Schema } from '../../forms/fields.ts';
import type { FormProps } from './schema-form.tsx';
import { initialTexts, readForm, type Texts } from './values.ts';

export interface Form {
  readonly props: FormProps;
  /** The value, or `undefined` where a field has a problem, which is then shown. */
  read(): { readonly value: unknown } | undefined;
  /** Shows a problem that the API has found. */
  blame(path: string, problem: string): void;
}

export function useForm(schema: Schema | null | undefined): Form {
  const text = JSON.stringify(schema ?? null);
  const fields = useMemo(() => fieldsOf(JSON.parse(text) as Schema | null), [text]);
  const [texts, setTexts] = useState<Texts>(() => initialTexts(fields));
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  return {
    props: {
      fields,
      texts,
      problems,
      onChange: (path, given) => {
        setTexts((before) => ({ ...before, [path]: given }));
        setProblems(({ [path]: _, ...others }) => others);
      },
    },
    read: () => {
      const { value, problems: found } = readForm(fields, texts);
      setProblems(found);
      return Object.keys(found).length > 0 ? undefined : { value };
    },
    blame: (path, problem) => setProblems((before) => ({ ...before, [path]: problem })),
  };
}
