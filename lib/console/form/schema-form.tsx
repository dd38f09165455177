/** The fields of a schema. The parent owns the texts and sends the value. */
import { useId } from 'react';
import type { Field } from '../../forms/fields.ts';
import { Icon } from '../parts/icons.tsx';
import type { Texts } from './values.ts';

export interface FormProps {
  readonly fields: readonly Field[];
  readonly texts: Texts;
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (path: string, text: string) => void;
}

export function SchemaForm(props: FormProps) {
  return props.fields.map((field) => <FieldView key={field.path} {...props} field={field} />);
}

function FieldView(props: FormProps & { readonly field: Field }) {
  const { field, texts, problems, onChange } = props;
  const id = useId();
  if (field.fields) {
    return (
      <fieldset className="group">
        <legend className="lab">{field.label}</legend>
        <SchemaForm {...props} fields={field.fields} />
      </fieldset>
    );
  }
  const problem = problems[field.path];
  const shared = {
    id,
    value: texts[field.path] ?? '',
    'aria-invalid': problem !== undefined,
    'aria-describedby': problem === undefined && field.hint === undefined ? undefined : `${id}-more`,
    className: problem === undefined ? 'input' : 'input bad',
    onChange: (event: { readonly target: { readonly value: string } }) => onChange(field.path, event.target.value),
  };
  const label = (
    <>
      {field.label} {!field.required && <span className="quiet optional">optional</span>}
    </>
  );
  return (
    <div className="field">
      {field.kind === 'choice' && isShort(field) ? (
        <Segments {...props} field={field} label={label} />
      ) : (
        <>
          <label htmlFor={id}>{label}</label>
          <Input field={field} shared={shared} />
        </>
      )}
      {problem !== undefined && (
        <div className="err" id={`${id}-more`}>
          <Icon name="failed" />
          {problem}
        </div>
      )}
      {problem === undefined && field.hint !== undefined && (
        <div className="hint" id={`${id}-more`}>
          {field.hint}
        </div>
      )}
    </div>
  );
}

function isShort({ choices = [] }: Field): boolean {
  return choices.length <= 4 && choices.every(({ label }) => label.length <= 14);
}

function Input({ field, shared }: { readonly field: Field; readonly shared: React.ComponentProps<'input'> & object }) {
  if (field.kind === 'choice') {
    return (
      <select {...(shared as React.ComponentProps<'select'>)}>
        <option value="">Choose</option>
        {field.choices?.map(({ label }, i) => (
          <option key={label} value={String(i)}>
            {label}
          </option>
        ))}
      </select>
    );
  }
  if (field.long) {
    const rows = field.kind === 'json' ? 5 : 3;
    const placeholder = field.kind === 'json' ? 'JSON' : undefined;
    return <textarea rows={rows} placeholder={placeholder} {...(shared as React.ComponentProps<'textarea'>)} />;
  }
  const { format } = field;
  if (format) return <input type={format} autoComplete="off" {...shared} />;
  return <input type="text" inputMode={field.kind === 'text' ? 'text' : 'decimal'} autoComplete="off" {...shared} />;
}

/** A few short choices, side by side: radio buttons for the keyboard and for screen readers. */
function Segments({
  field,
  texts,
  onChange,
  label,
}: FormProps & { readonly field: Field; readonly label: React.ReactNode }) {
  const name = useId();
  const chosen = texts[field.path] ?? '';
  return (
    <fieldset className="plain">
      <legend className="lab">{label}</legend>
      <div className="seg full">
        {field.choices?.map((choice, i) => (
          <label key={choice.label} className="option" data-on={chosen === String(i)}>
            <input
              type="radio"
              className="sr"
              name={name}
              checked={chosen === String(i)}
              onChange={() => onChange(field.path, String(i))}
            />
            {choice.label}
          </label>
        ))}
        {!field.required && chosen !== '' && (
          <button type="button" className="btn bare" onClick={() => onChange(field.path, '')}>
            Clear
          </button>
        )}
      </div>
    </fieldset>
  );
}
