/** A command as data. Help, completion, the tools of the MCP server and the tables of the documents are made from these rows. */
import type { Api } from './api/api.ts';
import type { Given } from './given.ts';
import type { Look } from './show/look.ts';

export interface Argument {
  readonly name: string;
  readonly about: string;
  readonly isOptional?: true;
  readonly choices?: readonly string[];
}

export interface Option {
  /** Without the dashes. */
  readonly name: string;
  readonly short?: string;
  /** Name of its value; absent: a switch. */
  readonly value?: string;
  readonly about: string;
  /** It may be given several times. */
  readonly isMany?: true;
  readonly choices?: readonly string[];
}

/** A command prints its result in parts: as text, or with `--json` one line for each piece of data. */
export interface Part {
  readonly data: readonly unknown[];
  readonly text: string;
  /** True: the execution ended without success, so the command ends with a code of its own. */
  readonly isFailed?: boolean;
  /** True: the next part may come much later. */
  readonly isOpen?: boolean;
}

/** A command on executions of a running service. */
export interface ServiceCommand {
  readonly kind: 'service';
  readonly ask: (api: Api, given: Given, look: Look) => AsyncIterable<Part>;
}

/** A command on the project, a stage, or the terminal itself. */
export interface OtherCommand {
  readonly kind: 'other';
  readonly run: (given: Given, look: Look) => Promise<void>;
}

export type Work = ServiceCommand | OtherCommand;

export type Group = 'Look' | 'Act' | 'Run and deploy' | 'Tools';

export interface Row {
  readonly name: string;
  readonly group: Group;
  /** Completes the name: `list` "lists executions, the newest first". */
  readonly about: string;
  readonly args?: readonly Argument[];
  readonly options?: readonly Option[];
  /** Its arguments, without the program; a test runs it. */
  readonly example: string;
  /** What the command works on: a running service, the project in this folder, or nothing. */
  readonly place: 'service' | 'project' | 'anywhere';
  /** True: it changes executions or a stage. The MCP server offers it only with `--allow-changes`. */
  readonly changes: boolean;
  /** Packages that it loads and a project can lack. */
  readonly needs: readonly string[];
  /** Environment variables that it reads. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly load: () => Promise<Work>;
}

/** The usual command: one call, one answer. */
export function once(answer: (api: Api, given: Given, look: Look) => Promise<Part>): ServiceCommand {
  return {
    kind: 'service',
    async *ask(api, given, look) {
      yield await answer(api, given, look);
    },
  };
}
