/** Builds the text of a Mermaid flowchart: boxes first, then edges, each once. */

interface Sheet {
  readonly numbers: Map<string, string>;
  readonly boxes: string[];
  readonly edges: Set<string>;
  depth: number;
}

export class Drawing {
  private readonly sheet: Sheet;
  private readonly prefix: string;

  constructor(sheet: Sheet = { numbers: new Map(), boxes: [], edges: new Set(), depth: 1 }, prefix = '') {
    this.sheet = sheet;
    this.prefix = prefix;
  }

  /** A drawing on the same sheet whose keys are separate, for the chart of a sub-flow. */
  within(key: string): Drawing {
    return new Drawing(this.sheet, `${this.prefix}${key}|`);
  }

  /** Draws a box; later calls with the same key do nothing. */
  box(key: string, label: string, [open, close]: readonly [string, string]): void {
    if (this.sheet.numbers.has(this.prefix + key)) return;
    const id = this.number(key);
    this.line(`${id}${open}"${escaped(label)}"${close}`);
  }

  open(label: string): void {
    this.line(`subgraph ${this.number(`group ${this.sheet.numbers.size}`)}["${escaped(label)}"]`);
    this.sheet.depth += 1;
  }

  close(): void {
    this.sheet.depth -= 1;
    this.line('end');
  }

  edge(from: string, to: string, label: string, arrow: string): void {
    const text = label === '' ? '' : `|"${escaped(label)}"|`;
    this.sheet.edges.add(`  ${this.number(from)} ${arrow}${text} ${this.number(to)}`);
  }

  text(): string {
    return `${['flowchart TD', ...this.sheet.boxes, ...this.sheet.edges].join('\n')}\n`;
  }

  private number(key: string): string {
    const { numbers } = this.sheet;
    const known = numbers.get(this.prefix + key) ?? `n${numbers.size}`;
    numbers.set(this.prefix + key, known);
    return known;
  }

  private line(text: string): void {
    this.sheet.boxes.push(`${'  '.repeat(this.sheet.depth)}${text}`);
  }
}

/** Writes special characters as entity codes, which Mermaid reads in quoted labels, so no label can end its quotes. */
function escaped(label: string): string {
  return label.replace(/[^\p{L}\p{N} _.,:()-]/gu, (character) => `#${character.codePointAt(0)};`);
}
