import type { ReactNode } from 'react';

/** The end of a dialog: why the press failed, the button that changes nothing, and the one that acts. */
export function DialogEnd({
  problem,
  onClose,
  children,
}: {
  readonly problem: string | undefined;
  readonly onClose: () => void;
  /** The button that acts. */
  readonly children: ReactNode;
}) {
  return (
    <>
      {problem !== undefined && (
        <div className="err" role="alert">
          {problem}
        </div>
      )}
      <div className="row ends">
        <button type="button" className="btn" onClick={onClose}>
          Not now
        </button>
        {children}
      </div>
    </>
  );
}
