/** The app: add your flows and the factories of what they need here. */
import { defineApp } from 'durable-triggerflow';
import { createLogNotifier, refundApproval } from './flows/refund-approval.ts';

export default defineApp({
  flows: [refundApproval],
  resources: { notifier: createLogNotifier },
});
