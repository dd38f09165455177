/** An environment without what `npm start` looks at: endpoints, app, issuer of tokens, folder and port. */
const SETTINGS = /^(AWS_ENDPOINT_URL.*|AWS_IGNORE_CONFIGURED_ENDPOINT_URLS|FLOW_APP|JWT_.*|LOCAL_DIR|PORT)$/;

export function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SETTINGS.test(name)));
}
