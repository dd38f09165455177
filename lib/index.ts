/** The authoring API: all imports of a module that defines flows. */
export { FatalError, FlowError, type FlowErrorCode, RetryableError } from './errors/errors.ts';
export type { Approval, ApprovalRequest, PolicyDecision } from './flow/authoring/approval.ts';
export type {
  ChunkContext,
  Env,
  Logger,
  LongList,
  PredicateContext,
  TapContext,
} from './flow/authoring/context.ts';
export { defineFlow } from './flow/authoring/define-flow.ts';
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
} from './flow/authoring/facilities.ts';
export type { AnyFlow } from './flow/authoring/flow.ts';
export type { Interrupt, Page, PauseOptions, ResumeTo } from './flow/authoring/interrupt.ts';
export type { FlowSchedule } from './flow/authoring/schedules.ts';
export { type FlowSpec, type PolicyDefaults, type Resource, resource } from './flow/authoring/schema-kinds.ts';
export { exportFlow } from './flow/document/export.ts';
export type { FlowDocument } from './flow/document/flow-document.ts';
export { type FlowCode, importFlow } from './flow/document/import.ts';
export type { Binding, Capture, WriteBack } from './flow/graph/graph.ts';
export type { Json } from './flow/json.ts';
export { type MermaidOptions, toMermaid } from './flow/mermaid/mermaid.ts';
export type { CompletionCounts } from './flow/options/completion.ts';
export type { ExecutionDefaults } from './flow/options/execution.ts';
export type { ChunkPolicy, RetryPolicy } from './flow/options/policies.ts';
export type { Matched } from './flow/pipe/branches.ts';
export type { Asking, Chunk, ChunkOptions, Failed } from './flow/pipe/chunk-types.ts';
export type { ContextOf, Flow, ItemError, ItemResult, Pipe } from './flow/pipe/pipe.ts';
export { defineTaskFlow, type TaskFlow, type TaskFlowSpec } from './flow/tasks/task-flow.ts';
export type { Task, TaskList } from './flow/tasks/task-list.ts';
export {
  type CompileOptions,
  compileTasks,
  type TaskHandler,
  type TaskInput,
  type TaskKind,
} from './flow/tasks/tasks.ts';
export type {
  Announcement,
  App,
  ExchangeFactory,
  ExchangeProvider,
  PolicyHandler,
  PolicyQuestion,
  ResourceFactory,
  Withdrawal,
} from './runtime/app/app.ts';
export { defineApp } from './runtime/app/define-app.ts';
