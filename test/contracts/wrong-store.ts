/** Memory stores with one mistake, which the environment names. */
import { createMemoryStores } from '../../lib/adapters/memory/stores.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { describeStores, type Stores } from '../../lib/contracts.ts';

const MISTAKES: Readonly<Record<string, (stores: Stores) => Stores>> = {
  none: (stores) => stores,
  'blind commits': (stores) => ({
    ...stores,
    executions: {
      ...stores.executions,
      async commit(request) {
        const stored = await stores.executions.load(request.head.id);
        return stores.executions.commit(stored ? { ...request, rev: stored.rev } : request);
      },
    },
  }),
  'forgetful ledger': (stores) => ({ ...stores, ledger: { ...stores.ledger, put: async () => {} } }),
};

const mistake = MISTAKES[process.env.WRONG_STORE ?? ''];
if (!mistake) throw new Error('WRONG_STORE names no mistake.');
describeStores('wrong', async () => mistake(createMemoryStores({ clock: systemClock })));
