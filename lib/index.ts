/** The authoring surface: everything a module that defines flows imports. */
export { FatalError, FlowError, type FlowErrorCode, RetryableError } from './errors.ts';
export type { Chunk, ChunkOptions } from './flow/chunk.ts';
export type {
  ChunkContext,
  Env,
  Interrupt,
  Logger,
  PauseOptions,
  PredicateContext,
  State,
  StateReader,
} from './flow/context.ts';
export { type FlowSpec, type Resource, resource } from './flow/contract.ts';
export { defineFlow } from './flow/define-flow.ts';
export type { ExecutionDefaults } from './flow/flow.ts';
export type { ChunkPolicy, RetryPolicy } from './flow/graph.ts';
export type { Json } from './flow/json.ts';
export type { ContextOf, Flow, Matched, Pipe } from './flow/pipe.ts';
export type { App, ResourceFactory } from './runtime/app.ts';
export { defineApp } from './runtime/define-app.ts';
