/** What a session is given. */
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
  /** Signal messages received for the execution. */
  readonly deliver: number;
  /** Nothing else runs in this process meanwhile. */
  readonly solo: boolean;
  /** Fence of the host lease it works for. */
  readonly host?: number;
  /** When the platform ends the process (ms). */
  readonly deadline: number;
}
