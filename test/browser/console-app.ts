/** Flows for the console: one with what a graph can show, one that fails until it is repaired, one with a list. */
import { z } from 'zod';
import { type ContextOf, defineApp, defineFlow } from '../../lib/index.ts';

const approval = z.object({ approved: z.boolean(), note: z.string().optional() });
const request = z.object({
  title: z.string().min(1).describe('Shown to whoever approves'),
  amount: z.number().int().positive(),
  currency: z.enum(['EUR', 'USD']),
  department: z.enum(['sales', 'support', 'other']),
  receipt: z.string().optional(),
});
type Expense = z.infer<typeof request>;

const twoPeople = defineFlow({ name: 'two-people', input: request, state: { answer: approval } });
const person = (name: string) =>
  twoPeople.chunk(name, { resume: approval }, (ctx: ContextOf<typeof twoPeople, Expense>) => {
    const { title, amount, currency, department } = ctx.input;
    const question = `Approve ${currency} ${amount.toLocaleString('en')} for ${title}?`;
    return ctx.pauseFor({ type: 'approval', payload: { question, amount, currency, for: title, department } });
  });
twoPeople.to(person('askManager')).to('keepAnswer', (ctx) => ctx.state.set('answer', ctx.input));

/** Somebody approves an expense over 100; the payment follows once the limits are known. */
export const expense = defineFlow({
  name: 'expense-approval',
  input: request,
  state: { decision: z.unknown() },
  signals: { receiptAdded: z.object({ url: z.string() }) },
});
const over100 = ({ input }: { readonly input: Expense }) => input.amount > 100;
const check = expense.chunk('check', ({ input }: ContextOf<typeof expense, Expense>) => input);
const limits = expense.chunk('loadLimits', ({ input }: ContextOf<typeof expense, Expense>) => 6_210 - input.amount);
const rates = expense.chunk('fetchRates', ({ input }: ContextOf<typeof expense, Expense>) => input.currency);
const autoApprove = expense.chunk('autoApprove', () => ({ approved: true }));
const payOut = expense.chunk('payOut', async (ctx: ContextOf<typeof expense, unknown>) => {
  await ctx.state.set('decision', ctx.input);
  return ctx.input;
});
expense
  .to(check)
  .if(over100, (large) => large.subFlow(twoPeople))
  .else((small) => small.to(autoApprove))
  .collect('ready', { branch: 'decision' });
expense.to(check).to(limits).collect('ready', { branch: 'limits' });
expense.to(check).sideBranch(rates);
expense.when({ collect: 'ready' }).to(payOut);
expense.when('receiptAdded').to('fileReceipt', ({ input }) => input);

let isRepaired = false;

export const nightly = defineFlow({ name: 'nightly-export', input: z.object({ day: z.string() }) });
const upload = nightly.chunk('upload', { retry: { maxAttempts: 2, initialDelay: 200 } }, () => {
  if (isRepaired) return 'uploaded';
  throw new Error('the bucket does not exist');
});
nightly.to('collect', ({ input }) => input).to(upload);

/** From now on uploads work. */
export const repair = defineFlow({ name: 'repair' });
repair.to('repair', () => {
  isRepaired = true;
  return null;
});

export const records = defineFlow({ name: 'record-import', input: z.object({ records: z.number().int().min(1) }) });
const readFile = records.chunk('readFile', ({ input }: ContextOf<typeof records, { readonly records: number }>) =>
  Array.from({ length: input.records }, (_, i) => i),
);
const normalise = records.chunk('normalise', ({ input }: ContextOf<typeof records, number>) => input);
const lookUp = records.chunk(
  'lookUpVendor',
  { retry: { maxAttempts: 1 } },
  ({ input }: ContextOf<typeof records, number>) => {
    if (input % 40 === 17) throw new Error('vendor unknown');
    return input;
  },
);
records
  .to(readFile)
  .forEach((each) => each.to(normalise).to(lookUp), { concurrency: 50, onItemError: 'collect' })
  .to('summarise', ({ input }) => input.length);

/** Starts by itself once a year; its first attempt fails, and the next one is an hour later. */
export const report = defineFlow({
  name: 'year-report',
  schedules: [{ id: 'new-year', cron: '0 6 1 1 ? *', input: null }],
  signals: { addNote: z.object({ note: z.string() }) },
  defaults: { retry: { maxAttempts: 3, initialDelay: 3_600_000 } },
});
report
  .to('gather', ({ attempt }) => {
    if (attempt === 1) throw new Error('the ledger is locked');
    return null;
  })
  .to('publish', () => 'published');
report.when('addNote').to('keepNote', ({ input }) => input);

/** Asks once, and goes on without an answer after a day. */
export const deadline = defineFlow({ name: 'deadline' });
deadline.to('ask', (ctx) =>
  ctx.pauseFor({
    type: 'approval',
    payload: { question: 'Publish the report?' },
    expiresIn: 86_400_000,
    onExpiry: { value: { approved: false } },
  }),
);

export default defineApp({ flows: [expense, nightly, repair, records, report, deadline], resources: {} });
