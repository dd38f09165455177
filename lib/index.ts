/** The authoring surface: everything a module that defines flows imports. */
export { FatalError, FlowError, type FlowErrorCode, RetryableError } from './errors.ts';
export type { Approval, ApprovalRequest, PolicyDecision } from './flow/approval.ts';
export type { Matched } from './flow/branches.ts';
export type { Chunk, ChunkOptions, Failed } from './flow/chunk.ts';
export type {
  ChunkContext,
  Env,
  Logger,
  PredicateContext,
  TapContext,
} from './flow/context.ts';
export { type FlowSpec, type PolicyDefaults, type Resource, resource } from './flow/contract.ts';
export { defineFlow } from './flow/define-flow.ts';
export type { FlowDocument } from './flow/document.ts';
export { exportFlow } from './flow/export.ts';
export type {
  ConsumeOptions,
  EmitOptions,
  FlowData,
  FlowDataReader,
  Intervention,
  InterventionFilter,
  Interventions,
  State,
  StateReader,
  Workspace,
  WorkspaceRef,
  WriteOptions,
} from './flow/facilities.ts';
export type { AnyFlow, ExecutionDefaults } from './flow/flow.ts';
export type { Binding, Capture, ChunkPolicy, RetryPolicy, WriteBack } from './flow/graph.ts';
export { type FlowCode, importFlow } from './flow/import.ts';
export type { Interrupt, PauseOptions, ResumeTo } from './flow/interrupt.ts';
export type { Json } from './flow/json.ts';
export { type MermaidOptions, toMermaid } from './flow/mermaid.ts';
export type { ContextOf, Flow, ItemError, Pipe } from './flow/pipe.ts';
export type { FlowSchedule } from './flow/schedules.ts';
export { defineTaskFlow, type TaskFlow, type TaskFlowSpec } from './flow/task-flow.ts';
export type { Task, TaskList } from './flow/task-list.ts';
export { type CompileOptions, compileTasks, type TaskHandler, type TaskInput, type TaskKind } from './flow/tasks.ts';
export type {
  Announcement,
  App,
  ExchangeFactory,
  ExchangeProvider,
  PolicyHandler,
  PolicyQuestion,
  ResourceFactory,
} from './runtime/app.ts';
export { defineApp } from './runtime/define-app.ts';
