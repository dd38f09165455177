/** The package manager that runs a command, for the lines that the command prints. */
export type Manager = 'npm' | 'pnpm';

/** @param agent what a package manager tells its scripts, such as `pnpm/10.4.0 npm/? node/v24.1.0` */
export function managerOf(agent = process.env.npm_config_user_agent): Manager {
  return agent?.startsWith('pnpm/') ? 'pnpm' : 'npm';
}
