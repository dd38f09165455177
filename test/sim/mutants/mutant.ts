/** The shape of a mutant: one rule of the protocol, broken by replacing texts of the source. */

export interface Edit {
  /** Path from the root of the repository. */
  readonly file: string;
  /** Must occur exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutant extends Edit {
  /** The broken rule, in one sentence. */
  readonly breaks: string;
  /** Further edits, where one is not enough. */
  readonly also?: readonly Edit[];
}

export type Mutants = Readonly<Record<string, Mutant>>;

/** The mutated files by path. Throws where a text to find does not occur exactly once. */
export async function applyMutant(
  mutant: Mutant,
  read: (file: string) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const edit of [mutant, ...(mutant.also ?? [])]) {
    texts.set(edit.file, applyEdit(texts.get(edit.file) ?? (await read(edit.file)), edit));
  }
  return texts;
}

function applyEdit(text: string, { file, find, replace }: Edit): string {
  const [before, after, ...more] = text.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    const times = more.length > 0 ? `${more.length + 1} times` : 'not at all';
    throw new Error(`${file}: the text to replace occurs ${times}: ${JSON.stringify(find)}`);
  }
  return `${before}${replace}${after}`;
}
