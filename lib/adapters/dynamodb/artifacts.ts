/**
 * Artifacts: one item per name of a space; the content in parts under its digest, written before the name. One item per digest
 * finds contents that no name points to any more.
 */
import { BatchGetItemCommand, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Artifact, ArtifactStore } from '../../ports/artifact-store.ts';
import { chunksOf, inParallel, repeatable, type Table, untilProcessed } from './client.ts';
import { erasePage } from './erasing.ts';
import { type Key, key, sortable, text } from './item-layout.ts';

/** Bytes of one part: an item holds at most 400 KB. */
const PART = 350 * 1024;
/** Concurrent requests. */
const WIDTH = 8;
/** Parts per BatchGetItem, whose response has at most 16 MB. */
const BATCH = 40;

export function createArtifacts(table: Table): ArtifactStore {
  const { client, tableName: TableName } = table;
  const put = async (Item: ConstructorParameters<typeof PutItemCommand>[0]['Item']): Promise<void> => {
    await repeatable(table, () => client.send(new PutItemCommand({ TableName, Item })));
  };

  return {
    async put(space, artifact, content) {
      const keys = partKeys(space, artifact);
      await put(contentKey(space, artifact.digest));
      await inParallel([...keys.entries()], WIDTH, ([i, part]) =>
        put({ ...part, body: { B: content.subarray(i * PART, (i + 1) * PART) } }),
      );
      await put({ ...nameKey(space, artifact.name), body: { S: JSON.stringify(artifact) } });
    },

    async find(space, name) {
      const command = new GetItemCommand({ TableName, Key: nameKey(space, name), ConsistentRead: true });
      const { Item } = await repeatable(table, () => client.send(command));
      return Item && toArtifact(Item.body);
    },

    async read(space, content) {
      const parts = new Map<string, Uint8Array>();
      const keys = partKeys(space, content);
      await inParallel(chunksOf(keys, BATCH), 1, (batch) =>
        untilProcessed(table, batch, async (Keys) => {
          const RequestItems = { [TableName]: { Keys, ConsistentRead: true } };
          const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand({ RequestItems }));
          for (const item of Responses?.[TableName] ?? []) parts.set(text(item.sk), item.body?.B ?? new Uint8Array());
          return UnprocessedKeys?.[TableName]?.Keys as Key[] | undefined;
        }),
      );
      const found = keys.map(({ sk }) => parts.get(sk.S)).filter((part) => part !== undefined);
      return found.length === keys.length ? new Uint8Array(Buffer.concat(found)) : undefined;
    },

    erase: (space) =>
      erasePage(table, `w#${space}`, async (items) => {
        const digests = new Set(
          items.map((item) => (item.body ? toArtifact(item.body).digest : text(item.sk).slice(2))),
        );
        await inParallel([...digests], WIDTH, async (digest) => {
          while ((await erasePage(table, `w#${space}#${digest}`)) === 'more');
        });
      }),

    async list(space, prefix) {
      const found: Artifact[] = [];
      let ExclusiveStartKey: Key | undefined;
      do {
        const command = new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
          ExpressionAttributeValues: { ':pk': { S: `w#${space}` }, ':sk': { S: `n#${prefix}` } },
          ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
        });
        const { Items = [], LastEvaluatedKey } = await repeatable(table, () => client.send(command));
        found.push(...Items.map(({ body }) => toArtifact(body)));
        ExclusiveStartKey = LastEvaluatedKey as Key | undefined;
      } while (ExclusiveStartKey);
      return found;
    },
  };
}

function nameKey(space: string, name: string): Key {
  return key(`w#${space}`, `n#${name}`);
}

function contentKey(space: string, digest: string): Key {
  return key(`w#${space}`, `c#${digest}`);
}

/** Empty content has one empty part, so that a read finds it. */
function partKeys(space: string, { digest, size }: Pick<Artifact, 'digest' | 'size'>): Key[] {
  const count = Math.max(1, Math.ceil(size / PART));
  return Array.from({ length: count }, (_, i) => key(`w#${space}#${digest}`, sortable(i)));
}

function toArtifact(body: Parameters<typeof text>[0]): Artifact {
  return JSON.parse(text(body)) as Artifact;
}
