import { useState } from 'react';
import { setLive, useLive } from '../api/live.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useKey } from './keys.ts';

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['/', 'find an execution'],
  ['g e', 'executions'],
  ['g a', 'approvals'],
  ['g f', 'flows'],
  ['j k', 'next, previous'],
  ['Enter', 'open'],
  ['x', 'select'],
  ['Esc', 'close'],
  ['1–6', 'tabs of an execution'],
  ['← → ↑ ↓', 'walk in the graph'],
  ['+ − 0', 'zoom in the graph'],
  ['[ ]', 'activations of a box'],
  ['a r', 'to the buttons of an answer'],
  ['l', 'live on and off'],
];

/** The keys, shown with `?`. */
export function Help() {
  const [open, setOpen] = useState(false);
  const live = useLive();
  useKey('?', () => setOpen(true));
  useKey('l', () => setLive(!live));
  if (!open) return null;
  return (
    <Dialog title="Keys" onClose={() => setOpen(false)}>
      <dl className="facts">
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <span key={key} className="kbd">
                  {key}
                </span>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
