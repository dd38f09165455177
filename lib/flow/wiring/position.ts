/** Places in the wiring of a flow. */
import type { ChunkRegister } from '../authoring/chunk-register.ts';
import type { Contract } from '../authoring/flow.ts';
import type { Point } from './points.ts';

/** What all positions of one flow share. */
export interface Workshop {
  readonly register: ChunkRegister;
  readonly contract: Contract;
  readonly flow: string;
  readonly modes: Map<string, 'update' | 'reset'>;
}

/** A place that something can be written behind. */
export abstract class Position {
  readonly workshop: Workshop;
  protected readonly at: Point;
  /** A value comes out of it. */
  readonly carries: boolean = true;

  constructor(workshop: Workshop, at: Point) {
    this.workshop = workshop;
    this.at = at;
  }

  /** Where what is written next goes. @throws FlowError `definition_invalid` where nothing can follow */
  get point(): Point {
    return this.at;
  }

  /** The same flow at another point. */
  abstract moveTo(point: Point): Position;
}
