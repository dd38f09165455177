/** The app: add your flows and the factories of what they need here. */
import { defineApp } from '../lib/index.ts';
import { createLogNotifier, refundApproval } from './flows/01-refund-approval.ts';

export default defineApp({
  flows: [refundApproval],
  resources: { notifier: createLogNotifier },
});
