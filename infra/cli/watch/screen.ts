/** A part of the terminal that is drawn again and again in place. */
import { stripVTControlCharacters } from 'node:util';

export interface Screen {
  readonly rows: number;
  draw(lines: readonly string[]): void;
  /** Leaves what was drawn last, and shows the cursor again. */
  end(): void;
}

const HIDE = '\u001b[?25l';
const SHOW = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[J';
const CLEAR_REST = '\u001b[K';

export function openScreen(stream: NodeJS.WriteStream): Screen {
  let drawn = 0;
  stream.write(HIDE);
  return {
    get rows() {
      return stream.rows || 24;
    },
    draw(lines) {
      const cut = lines.map((each) => cutTo(each, stream.columns || 80));
      const up = drawn === 0 ? '' : `\u001b[${drawn}A`;
      stream.write(`${up}\r${cut.map((each) => `${each}${CLEAR_REST}\n`).join('')}${CLEAR_BELOW}`);
      drawn = cut.length;
    },
    end: () => void stream.write(SHOW),
  };
}

/** A line that is wrapped would count as two. Its styles are lost where it is cut. */
function cutTo(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text);
  return plain.length < columns ? text : `${plain.slice(0, Math.max(1, columns - 2))}…`;
}
