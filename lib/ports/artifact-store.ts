/**
 * Files and large artifacts, beside the executions. A space has names, each names a content by its digest; contents are
 * immutable, so what a ref was made of is found under it also when the name has moved on.
 */

export interface Artifact {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the content, base64url. */
  readonly digest: string;
  readonly contentType?: string;
}

export interface ArtifactStore {
  /** Writes the content, then names it. The same again changes nothing. */
  put(space: string, artifact: Artifact, content: Uint8Array): Promise<void>;
  /** What a name stands for now; strongly consistent. */
  find(space: string, name: string): Promise<Artifact | undefined>;
  /** A content as it was put; `undefined` when the space does not have all of it. */
  read(space: string, content: Pick<Artifact, 'digest' | 'size'>): Promise<Uint8Array | undefined>;
  /** By name, in code unit order, those that begin with `prefix`. */
  list(space: string, prefix: string): Promise<readonly Artifact[]>;
}

export const MAX_ARTIFACT_BYTES = 16 * 1024 * 1024;
