import { useRef, useState } from 'react';
import type { View } from '../api/history.ts';
import { linkTo } from '../app/router.ts';
import { keyOf } from '../approvals/waits.ts';
import { Icon } from '../parts/icons.tsx';
import { Act, Confirm } from './act.tsx';
import { ACTIONS, type ActionName } from './actions.ts';
import { InterveneButton } from './intervene-button.tsx';
import { SignalButton } from './signal-button.tsx';
import type { Execution } from './use-execution.ts';

const BUTTONS: readonly ActionName[] = ['pause', 'unpause'];
/** Buttons are in the menu, too, where there is no room for them. */
const MENU: readonly ActionName[] = [...BUTTONS, 'redrive', 'fork', 'close', 'seal', 'unseal', 'cancel', 'erase'];

/** The most likely action stands first; the others are in the menu. */
export function Actions({ view, execution }: { readonly view: View; readonly execution: Execution }) {
  const [chosen, setChosen] = useState<ActionName>();
  const menu = useRef<HTMLDetailsElement>(null);
  const { refresh, definition } = execution;
  const [wait] = view.interrupts;
  const isOpen = view.lifecycle !== 'closed';
  const answerPlace = wait && `/approvals?wait=${encodeURIComponent(keyOf(wait))}`;
  return (
    <>
      {answerPlace !== undefined && (
        <a className="btn primary" {...linkTo(answerPlace)}>
          Answer…
        </a>
      )}
      {view.status === 'failed' && <Act action="redrive" view={view} onDone={refresh} primary />}
      {isOpen && <SignalButton view={view} definition={definition} onDone={refresh} />}
      {isOpen && <InterveneButton view={view} onDone={refresh} />}
      {BUTTONS.filter((action) => ACTIONS[action].isOffered(view)).map((action) => (
        <Act key={action} action={action} view={view} onDone={refresh} className="btn wide" />
      ))}
      <details className="menu" ref={menu}>
        <summary className="btn icon" aria-label="More actions">
          <Icon name="more" />
        </summary>
        <ul>
          {MENU.filter((action) => ACTIONS[action].isOffered(view)).map((action) => (
            <li key={action} className={BUTTONS.includes(action) ? 'phone' : undefined}>
              <button
                type="button"
                className={ACTIONS[action].danger ? 'danger' : ''}
                onClick={() => {
                  menu.current?.removeAttribute('open');
                  setChosen(action);
                }}
              >
                {ACTIONS[action].label}
              </button>
            </li>
          ))}
        </ul>
      </details>
      {chosen && <Confirm action={chosen} view={view} onDone={refresh} onClose={() => setChosen(undefined)} />}
    </>
  );
}
