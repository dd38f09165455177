/** Creates the tables and queues of the CloudFormation files on a local endpoint, so a change in those files applies here too. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { createDynamoClient } from '../../../lib/adapters/dynamodb/client.ts';
import { createSqsClient } from '../../../lib/adapters/sqs/client.ts';
import { ROOT } from '../../roots.ts';
import { readService } from '../service/includes.ts';
import { fillVariables, parseCloudFormation } from '../service/intrinsics.ts';

export interface LocalResource {
  /** What `!Ref` is: a table name or a queue URL. */
  readonly ref: string;
  /** What `!GetAtt <id>.Arn` is. */
  readonly arn: string;
}

export interface Provisioned {
  /** @throws Error for a logical id that names no table or queue */
  resource(logicalId: string): LocalResource;
}

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Properties }>>;
}
type Properties = Readonly<Record<string, unknown>>;

/** Region and credentials for a local endpoint, which does not check them. */
export const LOCAL_ACCESS = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

const FILES = ['table.yml', 'queues.yml'];

/**
 * Existing tables and queues are kept unchanged, so the call can be repeated.
 * @param options.queueEndpoint endpoint of the queues; default: that of the table
 * @param options.prefix put before each logical id to make the physical name
 */
export async function provision(options: {
  readonly endpoint: string;
  readonly queueEndpoint?: string;
  readonly prefix?: string;
}): Promise<Provisioned> {
  const { endpoint, queueEndpoint = endpoint, prefix = '' } = options;
  const declared = Object.assign({}, ...(await Promise.all(FILES.map(readResources)))) as Template['Resources'];
  const made = new Map<string, LocalResource>();
  const dynamo = createDynamoClient({ endpoint, ...LOCAL_ACCESS });
  const sqs = createSqsClient({ endpoint: queueEndpoint, ...LOCAL_ACCESS });

  async function make(id: string): Promise<LocalResource | undefined> {
    const { Type, Properties = {} } = declared[id] ?? {};
    const known = made.get(id);
    if (known) return known;
    const resource =
      Type === 'AWS::DynamoDB::Table'
        ? await makeTable(dynamo, `${prefix}${id}`, Properties)
        : Type === 'AWS::SQS::Queue'
          ? await makeQueue(sqs, `${prefix}${id}`, (await resolve(Properties)) as Properties)
          : undefined;
    if (resource) made.set(id, resource);
    return resource;
  }

  /**
   * Resolves the intrinsics; creates a referenced resource first. All conditions are false, because they are about optional
   * parts of a stage.
   */
  async function resolve(value: unknown): Promise<unknown> {
    if (Array.isArray(value)) return Promise.all(value.map(resolve));
    if (value === null || typeof value !== 'object') return value;
    if ('Fn::If' in value) return resolve([value['Fn::If']].flat()[2]);
    if ('Ref' in value && value.Ref === 'AWS::NoValue') return undefined;
    const name = 'Ref' in value ? value.Ref : 'Fn::GetAtt' in value ? value['Fn::GetAtt'] : undefined;
    if (name !== undefined) {
      const [id = '', attribute] = [name].flat().map(String);
      const resource = (await make(id)) ?? missing(id);
      return attribute === 'Arn' ? resource.arn : resource.ref;
    }
    const entries = Object.entries(value).map(async ([key, member]) => [key, await resolve(member)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }

  try {
    for (const id of Object.keys(declared)) await make(id);
  } finally {
    dynamo.destroy();
    sqs.destroy();
  }
  return {
    resource: (logicalId) => made.get(logicalId) ?? missing(logicalId),
  };
}

function missing(logicalId: string): never {
  throw new Error(`${logicalId} names no local table or queue.`);
}

async function readResources(file: string): Promise<Template['Resources']> {
  const template = parseCloudFormation(await readFile(join(ROOT, 'infra', file), 'utf8'));
  return (fillVariables(template, 'local', await readService()) as Template).Resources;
}

async function makeTable(client: DynamoDBClient, TableName: string, properties: Properties): Promise<LocalResource> {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode } = properties;
  const input = { TableName, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode };
  const describe = () => client.send(new DescribeTableCommand({ TableName }));
  const { Table } = await describe().catch(async (error: unknown) => {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await client.send(new CreateTableCommand(input as CreateTableCommandInput));
    return describe();
  });
  return { ref: TableName, arn: Table?.TableArn ?? '' };
}

async function makeQueue(client: SQSClient, QueueName: string, properties: Properties): Promise<LocalResource> {
  const Attributes = Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
  const { Attributes: made } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  return { ref: QueueUrl ?? '', arn: made?.QueueArn ?? '' };
}
