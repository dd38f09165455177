/** The handles of a process. Workers run an execution with the resources and the host lease of its handles. */
import type { Execution } from './execution.ts';

/**
 * Handles checked per added handle: more than one, so that handles of open executions do not block the cleanup of
 * others.
 */
const CHECKED = 2;

/**
 * Keeps handles alive while their execution is open. A closed execution may be redriven, so its handles stay known as
 * long as the caller keeps them.
 */
export class Handles {
  readonly #isOver: (executionId: string) => Promise<boolean>;
  readonly #kept = new Set<Execution>();
  readonly #known = new Map<string, readonly WeakRef<Execution>[]>();
  readonly #freed = new FinalizationRegistry<string>((id) => this.#set(id, this.of(id)));

  constructor(isOver: (executionId: string) => Promise<boolean>) {
    this.#isOver = isOver;
  }

  of(executionId: string): readonly Execution[] {
    return (this.#known.get(executionId) ?? []).flatMap((ref) => ref.deref() ?? []);
  }

  /** Keeps the handles of an execution that runs. */
  keep(executionId: string): void {
    for (const handle of this.of(executionId)) this.#kept.add(handle);
  }

  async add(handle: Execution): Promise<void> {
    const oldest = [...this.#kept].slice(0, CHECKED);
    this.#set(handle.id, [...this.of(handle.id), handle]);
    this.#freed.register(handle, handle.id);
    this.#kept.add(handle);
    await Promise.all(oldest.map((each) => this.#look(each)));
  }

  async #look(handle: Execution): Promise<void> {
    const isOver = await this.#isOver(handle.id).catch(() => false);
    this.#kept.delete(handle);
    if (!isOver) this.#kept.add(handle);
  }

  drop(handle: Execution): void {
    this.#kept.delete(handle);
    this.#set(
      handle.id,
      this.of(handle.id).filter((each) => each !== handle),
    );
  }

  #set(executionId: string, handles: readonly Execution[]): void {
    if (handles.length === 0) this.#known.delete(executionId);
    else
      this.#known.set(
        executionId,
        handles.map((handle) => new WeakRef(handle)),
      );
  }
}
