/** Artifacts in memory. Bytes are copied, so nothing is shared with the caller. */
import type { Artifact, ArtifactStore } from '../../ports/artifact-store.ts';

export function createMemoryArtifacts(): ArtifactStore {
  const names = new Map<string, Map<string, string>>();
  const contents = new Map<string, Uint8Array>();
  const of = (space: string): Map<string, string> => {
    const known = names.get(space) ?? new Map<string, string>();
    names.set(space, known);
    return known;
  };
  return {
    async put(space, artifact, content) {
      contents.set(`${space} ${artifact.digest}`, content.slice());
      of(space).set(artifact.name, JSON.stringify(artifact));
    },
    async find(space, name) {
      const text = of(space).get(name);
      return text === undefined ? undefined : (JSON.parse(text) as Artifact);
    },
    async read(space, { digest }) {
      return contents.get(`${space} ${digest}`)?.slice();
    },
    async erase(space) {
      names.delete(space);
      for (const key of contents.keys()) if (key.startsWith(`${space} `)) contents.delete(key);
      return 'erased';
    },
    async list(space, prefix) {
      const found = [...of(space)].filter(([name]) => name.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
      return found.map(([, text]) => JSON.parse(text) as Artifact);
    },
  };
}
