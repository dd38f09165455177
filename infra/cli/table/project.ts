/** Commands on a project and its stages. */
import type { Row } from '../row.ts';
import { PARAM, PROFILE, REGION, STAGE, VERBOSE } from './options.ts';

const TO_BUILD = ['zod', 'esbuild'];
const STAGES = { group: 'Run and deploy', place: 'project', changes: true } as const;

export const PROJECT_ROWS: readonly Row[] = [
  {
    ...STAGES,
    name: 'init',
    about: 'makes a project in a folder',
    args: [{ name: 'folder', about: 'a new or empty folder; a dot is this one' }],
    options: [
      { name: 'name', value: 'name', about: 'name of the project and its stack; default: the name of the folder' },
    ],
    example: 'init my-app',
    place: 'anywhere',
    needs: ['zod'],
    load: async () => (await import('../../init/init.ts')).initCommand,
  },
  {
    ...STAGES,
    name: 'dev',
    about: 'runs the service on this machine, and loads the app again when a source changes',
    example: 'dev',
    needs: [...TO_BUILD, 'dynalite', 'fauxqs'],
    variables: {
      PORT: 'port, default 3000; 0 takes a free one',
      LOCAL_DIR: 'data folder, default .local',
      FLOW_APP: 'another app module than the one that package.json names',
      AWS_ENDPOINT_URL: 'uses the AWS API there instead of the embedded one',
      JWT_ISSUER: 'with JWT_AUDIENCE: asks for JWTs as a stage does',
    },
    load: async () => (await import('../../local/dev.ts')).devCommand,
  },
  {
    ...STAGES,
    name: 'package',
    about: 'makes the bundles and the CloudFormation template, offline',
    options: [STAGE, REGION, PARAM, VERBOSE],
    example: 'package --stage prod',
    changes: false,
    needs: [...TO_BUILD, 'osls'],
    load: async () => (await import('../../deploy/package.ts')).packageCommand,
  },
  {
    ...STAGES,
    name: 'deploy',
    about: 'deploys a stage to your AWS account',
    options: [
      ...[STAGE, REGION, PROFILE, PARAM, VERBOSE],
      { name: 'force', about: 'deploys even if nothing has changed' },
    ],
    example: 'deploy --stage dev',
    needs: [...TO_BUILD, 'osls'],
    load: async () => (await import('../../deploy/deploy.ts')).deployCommand,
  },
  {
    ...STAGES,
    name: 'remove',
    about: 'removes a stage; its table and its signing key are kept',
    options: [...[STAGE, REGION, PROFILE, PARAM, VERBOSE], { name: 'yes', about: 'does not ask' }],
    example: 'remove --stage dev',
    needs: [...TO_BUILD, 'osls'],
    load: async () => (await import('../../deploy/deploy.ts')).removeCommand,
  },
  {
    ...STAGES,
    name: 'dead-letters',
    about: 'returns dead-lettered messages of a stage to their queue, and makes failed scheduled starts',
    options: [
      ...[STAGE, REGION, PROFILE],
      { name: 'purge', about: 'deletes messages that cannot be read or that fail again' },
    ],
    example: 'dead-letters --stage dev',
    needs: ['zod'],
    load: async () => (await import('../../deploy/return-dead-letters.ts')).deadLettersCommand,
  },
  {
    ...STAGES,
    name: 'console',
    about: 'shows executions in the browser: of a service that runs, or of a stage with your AWS credentials',
    example: 'console --stage dev',
    place: 'service',
    changes: false,
    needs: ['zod'],
    variables: { PORT: 'port of the console of a stage, default 3001; 0 takes a free one' },
    load: async () => (await import('../../console/command.ts')).consoleCommand,
  },
];
