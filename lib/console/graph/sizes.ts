/** Sizes of boxes. They depend on the flow alone, so that live updates move nothing. */
import type { Box } from './drawing.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Pixels that a letter of the names takes on average. */
const LETTER = 8.2;

export function sizeOf(box: Box): Size {
  const name = Math.ceil(box.name.length * LETTER);
  switch (box.kind) {
    case 'chunk':
      return { width: clamp(name + 62, 140, 240), height: 54 };
    case 'source':
      return { width: clamp(name + 62, 136, 220), height: 52 };
    case 'list':
      return { width: clamp(name + 120, 256, 300), height: 102 };
    case 'choice':
      return { width: clamp(name + 60, 112, 240), height: 40 };
    case 'join': {
      const longest = Math.max(...(box.slots ?? []).map((slot) => slot.length));
      return { width: clamp(longest * 7.4 + 84, 164, 260), height: 62 + 18 * (box.slots?.length ?? 0) };
    }
    case 'gather':
      return { width: 68, height: 68 };
    case 'small':
    case 'end':
      return { width: clamp(name + 44, 84, 220), height: 34 };
    case 'frame':
      return { width: 200, height: 100 };
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.round(Math.min(most, Math.max(least, value)));
}
