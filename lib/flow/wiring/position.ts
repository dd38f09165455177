/** Positions in the wiring of a flow. */
import type { ChunkRegister } from '../authoring/chunk-register.ts';
import type { Contract } from '../authoring/flow.ts';
import type { Point } from './points.ts';

/** The parts that all positions of one flow share. */
export interface Workshop {
  readonly register: ChunkRegister;
  readonly contract: Contract;
  readonly flow: string;
  readonly modes: Map<string, 'update' | 'reset'>;
}

/** A place in a chain that steps can follow. */
export abstract class Position {
  readonly workshop: Workshop;
  protected readonly at: Point;
  /** Whether a value leaves this position. */
  readonly carries: boolean = true;

  constructor(workshop: Workshop, at: Point) {
    this.workshop = workshop;
    this.at = at;
  }

  /** The point that the next step follows. @throws FlowError `definition_invalid` if no step can follow */
  get point(): Point {
    return this.at;
  }

  /** The same flow at another point. */
  abstract moveTo(point: Point): Position;
}
