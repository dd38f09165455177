import type { Definition, Schema } from '../api/wire.ts';

/** What goes in and comes out, by name. */
export function ContractCard({ definition: { contract, resumes } }: { readonly definition: Definition }) {
  const rows: readonly (readonly [string, string])[] = [
    ['Input', namesOf(contract.input)],
    ['State', listOf(contract.state)],
    ['Signals in', listOf(contract.signals)],
    [
      'Answers',
      Object.entries(resumes)
        .map(([chunk, schema]) => `${chunk}(${namesOf(schema)})`)
        .join(', '),
    ],
    ['Stream', namesOf(contract.stream)],
    ['Result', namesOf(contract.result)],
    ['Resources', contract.resources.join(', ')],
  ];
  return (
    <section className="card pad">
      <h2>Contract</h2>
      <dl className="facts">
        {rows
          .filter(([, text]) => text !== '')
          .map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="mono">{text}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

/** `title, amount, receipt?` */
function namesOf(schema: Schema | null): string {
  if (schema === null) return '';
  const required = Array.isArray(schema.required) ? schema.required : [];
  const names = Object.keys((schema.properties as object | undefined) ?? {});
  if (names.length === 0) return typeof schema.type === 'string' ? schema.type : 'any';
  return names.map((name) => (required.includes(name) ? name : `${name}?`)).join(', ');
}

function listOf(schemas: Readonly<Record<string, Schema>> | null): string {
  return Object.keys(schemas ?? {}).join(', ');
}
