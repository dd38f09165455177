/** Detects the package manager that runs the command, so that printed commands use the same one. */
export type Manager = 'npm' | 'pnpm';

/** @param agent `npm_config_user_agent` of the script, such as `pnpm/10.4.0 npm/? node/v24.1.0` */
export function managerOf(agent = process.env.npm_config_user_agent): Manager {
  return agent?.startsWith('pnpm/') ? 'pnpm' : 'npm';
}
