/** An environment without the variables that `npm start` reads: endpoints, app, issuer, folder and port. */
const SETTINGS =
  /^(AWS_ENDPOINT_URL.*|AWS_IGNORE_CONFIGURED_ENDPOINT_URLS|FLOW_(APP|URL|TOKEN)|JWT_.*|LOCAL_DIR|PORT)$/;

export function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SETTINGS.test(name)));
}
