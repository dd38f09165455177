/** What of a graph is drawn: boxes and lines, before they have places. */
export interface Box {
  /** Sub-flow nodes around it and the node, joined by `|`; sources have a prefix. */
  readonly id: string;
  readonly kind: 'source' | 'chunk' | 'list' | 'choice' | 'join' | 'gather' | 'frame' | 'small' | 'end';
  readonly name: string;
  /** A quiet second line while nothing is known about it. */
  readonly note?: string;
  /** The frame around it. */
  readonly parent?: string;
  /** Names of the slots of a join, in order. */
  readonly slots?: readonly string[];
  /** Names of the chunks inside a list. */
  readonly steps?: readonly string[];
  /** Node ids inside a list, whose activity the list shows. */
  readonly inside?: readonly string[];
}

export interface Line {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly slot?: string;
  readonly label?: string;
  readonly kind: 'main' | 'side' | 'error';
}

export interface Drawing {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}
