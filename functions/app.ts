/** The app: add your flows here, and a factory for each resource they use. */
import { defineApp } from '../lib/index.ts';
import { createLogNotifier, refundApproval } from './flows/01-refund-approval.ts';
import { createWordAssistant, orchestration } from './flows/02-orchestration.ts';
import { asyncFirst, createPlainResearcher } from './flows/03-async-first.ts';
import { createDoubtfulReader, reviewGate } from './flows/04-review-gate.ts';
import { createPaperOffice, taskList } from './flows/05-task-list.ts';
import { approvalExchanges, createPaperPayments, paymentPolicy, policyApproval } from './flows/06-policy-approval.ts';

export default defineApp({
  flows: [refundApproval, orchestration, asyncFirst, reviewGate, policyApproval],
  taskFlows: [taskList],
  resources: {
    notifier: createLogNotifier,
    assistant: createWordAssistant,
    researcher: createPlainResearcher,
    reader: createDoubtfulReader,
    office: createPaperOffice,
    payments: createPaperPayments,
  },
  policy: paymentPolicy,
  exchange: approvalExchanges,
});
