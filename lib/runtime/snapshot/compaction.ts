/**
 * Stores large values of a snapshot outside the document. The document names them by digest, and loading checks the
 * digest.
 */
import { createHash } from 'node:crypto';
import { FlowError } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import type { Artifact } from '../../ports/artifact-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Snapshot } from './document.ts';

type Store = Pick<Ports, 'artifacts'>;

/** Moves values larger than `over` bytes out of the document. They are kept as long as the execution's workspace. */
export async function compact({ artifacts }: Store, snapshot: Snapshot, over: number): Promise<Snapshot> {
  const space = `${snapshot.executionId}#${snapshot.head.inc}#snapshot`;
  const values: Record<string, Json> = {};
  const moved: Record<string, Artifact> = {};
  for (const [ref, value] of Object.entries(snapshot.values)) {
    const content = Buffer.from(JSON.stringify(value));
    if (content.length <= over) {
      values[ref] = value;
      continue;
    }
    const artifact = { name: ref, size: content.length, digest: digestOf(content), contentType: 'application/json' };
    await artifacts.put(space, artifact, content);
    moved[ref] = artifact;
  }
  if (Object.keys(moved).length === 0) return snapshot;
  return { ...snapshot, values, artifacts: { space, values: moved } };
}

/**
 * Returns all values of a document, reading one artifact at a time.
 * @throws FlowError `snapshot_invalid` when an artifact is missing or changed
 */
export async function expand({ artifacts }: Store, snapshot: Snapshot): Promise<Map<string, Json>> {
  const values = new Map(Object.entries(snapshot.values));
  const { space = '', values: moved = {} } = snapshot.artifacts ?? {};
  for (const [ref, artifact] of Object.entries(moved)) {
    const content = await artifacts.read(space, artifact);
    if (!content || digestOf(content) !== artifact.digest) {
      throw new FlowError(
        'snapshot_invalid',
        `Snapshot of execution ${snapshot.executionId}: the artifact of value ${ref} is missing or changed. Load the snapshot over the artifact store it was saved with.`,
        {
          details: { diagnostic: 'artifact_missing' },
        },
      );
    }
    values.set(ref, JSON.parse(Buffer.from(content).toString()) as Json);
  }
  return values;
}

function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url');
}
