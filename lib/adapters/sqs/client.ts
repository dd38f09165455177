import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';

/**
 * Retries are safe here: a message may be sent twice. Requests go to the configured endpoint, whatever host the queue URL
 * names: the SDK would go there instead, and warn at every message, when the endpoint comes from `AWS_ENDPOINT_URL`.
 */
export function createSqsClient(options: SQSClientConfig = {}): SQSClient {
  return new SQSClient({
    useQueueUrlAsEndpoint: false,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    ...options,
  });
}
