/** Checks names of projects, which npm, CloudFormation and IAM have to accept. */

const RULES: readonly (readonly [accepts: (name: string) => boolean, why: string])[] = [
  [(name) => name !== '', 'it is empty'],
  [(name) => !/[A-Z]/.test(name), 'npm refuses capital letters'],
  [(name) => /^[a-z0-9-]*$/.test(name), 'npm and CloudFormation accept only letters, digits and hyphens'],
  [(name) => /^[a-z]/.test(name), 'CloudFormation asks for a letter at the beginning'],
  [(name) => !name.endsWith('-'), 'a hyphen at the end would double the one before the stage'],
  // Role names begin with the project's name and have at most 64 characters.
  [(name) => name.length <= 32, 'it has more than 32 characters, and names of roles begin with it'],
];

/**
 * Returns why a project cannot have this name.
 * @param packages dependencies of the project, whose names it cannot have
 */
export function nameProblem(name: string, packages: readonly string[]): string | undefined {
  if (packages.includes(name)) return 'the project depends on a package of this name';
  return RULES.find(([accepts]) => !accepts(name))?.[1];
}
