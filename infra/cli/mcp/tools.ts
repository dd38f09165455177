/** Tools of the MCP server, made from the rows of commands on executions. */
import { z } from 'zod';
import type { Api } from '../api/api.ts';
import { createGiven } from '../given.ts';
import { asCliError } from '../problems.ts';
import type { Option, Row, ServiceCommand } from '../row.ts';
import { TABLE } from '../table/table.ts';

export interface Tool {
  readonly name: string;
  readonly about: string;
  readonly changes: boolean;
  readonly input: z.ZodObject;
  call(api: Api, input: Readonly<Record<string, unknown>>): Promise<Called>;
}

export interface Called {
  readonly text: string;
  readonly isError: boolean;
}

/** Commands for a terminal. */
const TERMINAL = new Set(['watch', 'console', 'mcp']);
/** Options for a terminal: a tool answers once, within bounds. */
const NOT_OFFERED = new Set(['follow', 'all']);
/** Names of values that are whole numbers. */
const NUMBERS = new Set(['count', 'seconds', 'number']);
/** Characters of an answer. More would fill what an agent can read. */
const MOST = 60_000;

export const TOOLS: readonly Tool[] = TABLE.filter(({ place, name }) => place === 'service' && !TERMINAL.has(name)).map(
  (row) => ({ name: row.name, about: aboutOf(row), changes: row.changes, input: inputOf(row), call: callOf(row) }),
);

function aboutOf({ about }: Row): string {
  return `${about.charAt(0).toUpperCase()}${about.slice(1)}.`;
}

function optionsOf({ options = [] }: Row): readonly Option[] {
  return options.filter(({ name }) => !NOT_OFFERED.has(name));
}

function inputOf(row: Row): z.ZodObject {
  const args = (row.args ?? []).map(({ name, about, isOptional, choices }) => {
    const schema = choices ? z.enum([...choices]) : z.string().min(1);
    return [name, isOptional ? schema.optional().describe(about) : schema.describe(about)] as const;
  });
  const options = optionsOf(row).map(
    (option) => [option.name, schemaOf(option).optional().describe(aboutOption(option))] as const,
  );
  return z.strictObject(Object.fromEntries([...args, ...options]));
}

function schemaOf({ value, choices, isMany }: Option): z.ZodType {
  if (value === undefined) return z.boolean();
  if (value === 'json') return z.unknown();
  if (NUMBERS.has(value)) return z.int().nonnegative();
  const text = choices ? z.enum([...choices]) : z.string();
  return isMany ? z.array(text) : text;
}

function aboutOption({ about, value }: Option): string {
  return value === 'json' ? (about.split(':')[0] ?? about) : about;
}

function callOf(row: Row): Tool['call'] {
  const isJson = new Set(optionsOf(row).flatMap(({ name, value }) => (value === 'json' ? [name] : [])));
  return async (api, input) => {
    const values = Object.entries(input).map(([name, value]) => [name, givenValue(value, isJson.has(name))] as const);
    try {
      const work = await row.load();
      if (work.kind !== 'service') throw new Error(`${row.name} is no command on executions.`);
      return { text: await answerOf(work, api, Object.fromEntries(values)), isError: false };
    } catch (error) {
      return { text: asCliError(error).message, isError: true };
    }
  };
}

/** As the command line would give it. */
function givenValue(value: unknown, isJson: boolean): string | boolean | readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (isJson) return JSON.stringify(value);
  if (typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.map(String) : String(value);
}

type Values = Parameters<typeof createGiven>[0];

/** One line of JSON for each item. */
async function answerOf({ ask }: ServiceCommand, api: Api, values: Values): Promise<string> {
  const look = { isJson: true, hasColour: false, width: undefined, now: () => Date.now() };
  let text = '';
  for await (const { data } of ask(api, createGiven(values, false), look)) {
    for (const item of data) {
      const one = `${JSON.stringify(item)}\n`;
      if (text.length + one.length > MOST) return cut(text, one);
      text += one;
    }
  }
  return text === '' ? 'Nothing was found.' : text;
}

function cut(text: string, next: string): string {
  const rest = `There is more than fits. Ask for less: a lower limit, a filter, or what comes after the last item.`;
  return text === '' ? `${next.slice(0, MOST)}…\n${rest}` : `${text}${rest}`;
}
