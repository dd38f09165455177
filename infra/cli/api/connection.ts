/** Which service a command talks to: the one on this machine, one at a URL, or a deployed stage. */
import type { Sign } from '../../console/signer.ts';
import type { Given } from '../given.ts';
import { CliError } from '../problems.ts';
import { UsageError } from '../usage.ts';

export interface Connection {
  readonly kind: 'url' | 'stage';
  /** For messages. */
  readonly name: string;
  readonly url: URL;
  /** The `Host` header, if it is another one. */
  readonly host?: string;
  /** Headers of the request with what authenticates the caller. */
  readonly sign: Sign;
}

/** @throws UsageError, CliError */
export async function connect(given: Given): Promise<Connection> {
  const { FLOW_URL, FLOW_TOKEN: token, PORT } = process.env;
  const [stage, wanted] = [given.maybe('stage'), given.maybe('url')];
  if (stage === undefined) {
    for (const name of ['region', 'aws-profile']) {
      if (given.maybe(name) !== undefined) throw new UsageError(`--${name} needs --stage.`);
    }
    const url = urlOf(wanted ?? (FLOW_URL || `http://127.0.0.1:${PORT || 3000}`));
    return { kind: 'url', name: `The service at ${shown(url)}`, url, sign: bearer(token) };
  }
  const { openStage } = await import('../../deploy/stage-api.ts');
  const { stageArguments } = await import('../stage-arguments.ts');
  const { region, profile } = await stageArguments(given);
  const found = await openStage({ stage, region, ...(profile === undefined ? {} : { profile }) });
  const own = wanted === undefined ? {} : { url: urlOf(wanted) };
  const sign = token ? bearer(token) : found.sign;
  const { host: _, ...elsewhere } = found;
  const place = wanted === undefined ? found : { ...elsewhere, ...own };
  return { ...place, kind: 'stage', name: `The stage ${stage}`, sign };
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.search === '' && url.username === '') return url;
  throw new UsageError(`--url is "${text}"; it must be one such as http://127.0.0.1:3000.`);
}

function shown(url: URL): string {
  return url.href.replace(/\/$/, '');
}

/** A token from the environment, where other users of the machine do not see it. */
function bearer(token: string | undefined): Sign {
  if (token !== undefined && !/^[\x21-\x7e]*$/.test(token)) {
    throw new CliError('usage', 'FLOW_TOKEN has characters that no token has.');
  }
  return async ({ headers }) => (token ? { ...headers, authorization: `Bearer ${token}` } : headers);
}
