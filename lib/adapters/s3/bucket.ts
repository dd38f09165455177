/** Objects of one S3 bucket, under a prefix. */
import { createHash } from 'node:crypto';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectStore } from '../../ports/object-store.ts';

export interface Bucket {
  readonly client: S3Client;
  readonly bucketName: string;
  /** Starts the key of every object, such as `my-service/dev/`. */
  readonly prefix: string;
  readonly takesNew: boolean;
}

/** The lifecycle rule of the bucket expires objects with this tag. */
const DROPPED = 'dropped=true';
const ContentType = 'application/octet-stream';

export function createBucket({ client, bucketName, prefix, takesNew }: Bucket): ObjectStore {
  const at = (key: string) => ({ Bucket: bucketName, Key: `${prefix}${key}` });

  /** @returns `undefined` when the object does not exist */
  async function unlessMissing<T>(key: string, send: () => Promise<T>): Promise<T | undefined> {
    try {
      return await send();
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      if (name === 'NoSuchKey') return undefined;
      const place = `Bucket ${bucketName}, object ${prefix}${key}`;
      const advice = 'Check that the bucket exists and that the role of the function may use it.';
      throw new Error(`${place}: S3 answered ${name}: ${message}. ${advice}`, { cause: error });
    }
  }

  return {
    takesNew,

    async put(key, Body) {
      const ChecksumSHA256 = createHash('sha256').update(Body).digest('base64');
      const command = new PutObjectCommand({ ...at(key), Body, ContentType, ChecksumSHA256 });
      await unlessMissing(key, () => client.send(command));
    },

    get: (key) =>
      unlessMissing(key, async () => {
        const { Body } = await client.send(new GetObjectCommand(at(key)));
        return Body?.transformToByteArray();
      }),

    /** A copy onto itself with the tag: the rule counts its day from the copy. A tag alone would leave the old time. */
    async drop(key) {
      const { Bucket, Key } = at(key);
      const command = new CopyObjectCommand({
        ...{ Bucket, Key, ContentType },
        CopySource: `${Bucket}/${Key.split('/').map(encodeURIComponent).join('/')}`,
        MetadataDirective: 'REPLACE',
        TaggingDirective: 'REPLACE',
        Tagging: DROPPED,
      });
      await unlessMissing(key, () => client.send(command));
    },

    async erase(key) {
      await unlessMissing(key, () => client.send(new DeleteObjectCommand(at(key))));
    },
  };
}
