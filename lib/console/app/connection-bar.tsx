import { retryNow, useConnection } from '../api/connection.ts';
import { Icon } from '../parts/icons.tsx';
import { clockOf } from '../parts/times.ts';

/** Shown while the API does not answer. What is on the page stays. */
export function ConnectionBar() {
  const { live, heardAt } = useConnection();
  if (live) return null;
  return (
    <div className="connection" role="status">
      <Icon name="offline" />
      <b>Not connected.</b>
      <span>What you see is from {clockOf(heardAt, true)}. It is tried again every few seconds.</span>
      <button type="button" className="btn bare right" onClick={retryNow}>
        Try now
      </button>
    </div>
  );
}
