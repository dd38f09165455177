/** Parameters of a session. */
import type { Head } from '../../engine/head.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import type { Parameters } from '../app/parameters.ts';
import type { Resources } from '../app/resources.ts';
import type { Committer } from '../commit/commit.ts';
import type { SharedData } from '../shared/shared-data.ts';
import type { Exchange } from './exchange.ts';

export interface SessionOptions {
  readonly ports: Ports;
  readonly parameters: Parameters;
  readonly commit: Committer;
  readonly app: App;
  readonly exchange: Exchange;
  readonly flow: AnyFlow;
  readonly resources: Resources;
  readonly shared: SharedData;
  /** Number of signal messages received for the execution. */
  readonly deliver: number;
  /** True: no other session runs in this process at the same time. */
  readonly solo: boolean;
  /** Fence of the host lease under which it works. */
  readonly hostFence?: number;
  /** Time at which the platform ends the process (ms since the epoch). */
  readonly deadline: number;
}

export interface SessionEnd {
  /** The last known one. */
  readonly head: Head;
  /** Delay before ready work that the session has left is tried again (ms). */
  readonly wakeAfter: number;
}
