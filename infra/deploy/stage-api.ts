/** The HTTP API of a deployed stage: its address, and signatures by the caller's AWS credentials. */
import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { createSigner, type Sign } from '../console/signer.ts';
import { loadService } from '../local/service/service.ts';

export interface StageApi {
  readonly url: URL;
  /** The `Host` header, if it is another one. */
  readonly host?: string;
  readonly sign: Sign;
}

export interface StagePlace {
  readonly stage: string;
  readonly region: string;
  readonly profile?: string;
}

/** @throws Error when the stack does not exist or has no HTTP API */
export async function openStage({ stage, region, profile }: StagePlace): Promise<StageApi> {
  const client = new CloudFormationClient({ region, ...(profile === undefined ? {} : { profile }) });
  const StackName = `${(await loadService(stage)).service}-${stage}`;
  try {
    const command = new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'HttpApi' });
    const id = (await client.send(command)).StackResourceDetail?.PhysicalResourceId;
    if (!id) throw new Error(`The stack ${StackName} has no HTTP API.`);
    const place = placeOf(id, region);
    const sign = createSigner(region, () => client.config.credentials());
    return { ...place, sign: (request) => sign({ ...request, url: signedUrl(request.url, place) }) };
  } catch (error) {
    throw error instanceof Error && /does not exist/.test(error.message)
      ? new Error(`There is no stack ${StackName} in ${region}. Deploy it, or name another stage or region.`)
      : error;
  } finally {
    client.destroy();
  }
}

/** The signature covers the host that the request names. */
function signedUrl(url: URL, { host }: Pick<StageApi, 'host'>): URL {
  return host === undefined ? url : new URL(`${url.protocol}//${host}${url.pathname}${url.search}`);
}

/** An emulator serves all APIs at one address and selects them by the Host header. */
function placeOf(id: string, region: string): Pick<StageApi, 'url' | 'host'> {
  const { AWS_ENDPOINT_URL: endpoint } = process.env;
  if (endpoint) {
    const url = new URL(endpoint);
    return { url, host: `${id}.execute-api.localhost${url.port === '' ? '' : `:${url.port}`}` };
  }
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { url: new URL(`https://${id}.execute-api.${region}.${suffix}`) };
}
