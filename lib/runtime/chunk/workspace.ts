/** The workspace of an execution. Names, limits and digests are handled here; the port only stores files. */
import { createHash } from 'node:crypto';
import { defined } from '../../defined.ts';
import type { Head } from '../../engine/head.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Workspace, WorkspaceRef } from '../../flow/authoring/facilities.ts';
import { type Artifact, type ArtifactStore, MAX_ARTIFACT_BYTES } from '../../ports/artifact-store.ts';
import type { Operations } from './effects.ts';

/** Letters, digits and `. _ - /`: valid as a name in every store. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9_./-]{0,511}$/;
const PREFIX = /^[A-Za-z0-9_./-]{0,512}$/;
const TYPE = /^[\w.+-]+\/[\w.+-]+(; ?[\w-]+=[\w."-]+)*$/;

/** Space in the store that holds the files of an execution; `undefined` with `workspace: false`. */
export function spaceOf(head: Pick<Head, 'id' | 'inc' | 'options' | 'space'>): string | undefined {
  const { workspace } = head.options;
  if (workspace === false) return undefined;
  return workspace === undefined ? (head.space ?? `${head.id}#${head.inc}`) : `@${workspace}`;
}

/** Read-only part. @param space called at each use, so that a missing workspace throws only then */
export function createWorkspaceReader(store: ArtifactStore, space: () => string): Omit<Workspace, 'put'> {
  return {
    async get(file) {
      const content = typeof file === 'string' ? await store.find(space(), checkName(file)) : file;
      return content && store.read(space(), content);
    },
    async list(prefix = '') {
      if (!PREFIX.test(prefix)) throw invalid(`the prefix ${JSON.stringify(prefix)} must match ${PREFIX.source}`);
      return store.list(space(), prefix);
    },
  };
}

/**
 * Read and write. A file is stored once its `put` resolves, whatever the attempt's outcome; a retry stores the same
 * file again.
 */
export function createWorkspace(store: ArtifactStore, space: () => string, operations: Operations): Workspace {
  const reader = createWorkspaceReader(store, space);
  return {
    put(name, content, { contentType } = {}) {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      let made: WorkspaceRef | undefined;
      const check = () => {
        made = refOf(checkName(name), bytes, contentType);
        return { space: space(), ref: made };
      };
      const done = operations.perform('workspace', name, check, ({ space: where, ref }) =>
        store.put(where, ref, bytes),
      );
      return operations.track(done.then(() => made ?? check().ref));
    },
    get: (file) => operations.read(() => reader.get(file)),
    list: (prefix) => operations.read(() => reader.list(prefix)),
  };
}

function refOf(name: string, content: Uint8Array, contentType: string | undefined): Artifact {
  const size = content.byteLength;
  if (size > MAX_ARTIFACT_BYTES) {
    throw new FlowError(
      'value_too_large',
      `workspace: the file "${name}" has ${size} bytes; the limit is ${MAX_ARTIFACT_BYTES}. Store it elsewhere and keep a reference to it.`,
    );
  }
  if (contentType !== undefined && !TYPE.test(contentType)) throw invalid(`"${contentType}" is not a content type`);
  const digest = createHash('sha256').update(content).digest('base64url');
  return { name, size, digest, ...defined({ contentType }) };
}

function checkName(name: string): string {
  if (NAME.test(name)) return name;
  throw invalid(`the name ${JSON.stringify(String(name).slice(0, 80))} must match ${NAME.source}`);
}

function invalid(problem: string): FlowError {
  return new FlowError('invalid_value', `workspace: ${problem}.`);
}
