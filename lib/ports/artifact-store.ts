/**
 * Stores files and large artifacts outside the executions. A space maps names to contents by digest. Contents are
 * immutable: a ref stays readable after its name points to another content.
 */

export interface Artifact {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** SHA-256 of the content in base64url. */
  readonly digest: string;
  readonly contentType?: string;
}

export interface ArtifactStore {
  /** Writes the content, then the name. Idempotent. */
  put(space: string, artifact: Artifact, content: Uint8Array): Promise<void>;
  /** The artifact that the name points to; strongly consistent. */
  find(space: string, name: string): Promise<Artifact | undefined>;
  /** The content that was put; `undefined` unless the space has all of it. */
  read(space: string, content: Pick<Artifact, 'digest' | 'size'>): Promise<Uint8Array | undefined>;
  /** Artifacts whose name begins with `prefix`, by name in code unit order. */
  list(space: string, prefix: string): Promise<readonly Artifact[]>;
  /** Deletes a part of the names and contents of the space. `more`: some may be left. Idempotent. */
  erase(space: string): Promise<'erased' | 'more'>;
}

export const MAX_ARTIFACT_BYTES = 16 * 1024 * 1024;
