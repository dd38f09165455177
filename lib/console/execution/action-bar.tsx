import { useRef, useState } from 'react';
import type { View } from '../api/history.ts';
import { linkTo } from '../app/router.ts';
import { keyOf } from '../approvals/waits.ts';
import { Icon } from '../parts/icons.tsx';
import { Act, Confirm } from './act.tsx';
import { ACTIONS, type ActionName } from './actions.ts';
import { InterveneDialog } from './intervene-dialog.tsx';
import { SignalDialog, signalsOf } from './signal-dialog.tsx';
import type { Execution } from './use-execution.ts';

const BUTTONS: readonly ActionName[] = ['pause', 'unpause'];
/** Buttons are in the menu, too, where there is no room for them. */
const MENU: readonly ActionName[] = [...BUTTONS, 'redrive', 'fork', 'close', 'seal', 'unseal', 'cancel', 'erase'];

/** Actions with a form of their own. */
const FORMS = { signal: 'Signal…', intervene: 'Intervene…' } as const;
type FormName = keyof typeof FORMS;
const FORM_NAMES = Object.keys(FORMS) as readonly FormName[];
const isForm = (name: ActionName | FormName): name is FormName => name in FORMS;

/** The most likely action stands first; the others are in the menu. */
export function Actions({ view, execution }: { readonly view: View; readonly execution: Execution }) {
  const [chosen, setChosen] = useState<ActionName | FormName>();
  const menu = useRef<HTMLDetailsElement>(null);
  const { refresh, definition } = execution;
  const [wait] = view.interrupts;
  const isOpen = view.lifecycle !== 'closed';
  const forms = FORM_NAMES.filter((form) => isOpen && (form !== 'signal' || signalsOf(definition).length > 0));
  const choose = (name: ActionName | FormName) => {
    menu.current?.removeAttribute('open');
    setChosen(name);
  };
  const onClose = () => setChosen(undefined);
  const answerPlace = wait && `/approvals?wait=${encodeURIComponent(keyOf(wait))}`;
  return (
    <>
      {answerPlace !== undefined && (
        <a className="btn primary" {...linkTo(answerPlace)}>
          Answer…
        </a>
      )}
      {view.status === 'failed' && <Act action="redrive" view={view} onDone={refresh} primary />}
      {forms.map((form) => (
        <button key={form} type="button" className="btn wide" onClick={() => setChosen(form)}>
          {FORMS[form]}
        </button>
      ))}
      {BUTTONS.filter((action) => ACTIONS[action].isOffered(view)).map((action) => (
        <Act key={action} action={action} view={view} onDone={refresh} className="btn wide" />
      ))}
      <details className="menu" ref={menu}>
        <summary className="btn icon" aria-label="More actions">
          <Icon name="more" />
        </summary>
        <ul>
          {forms.map((form) => (
            <li key={form} className="phone">
              <button type="button" onClick={() => choose(form)}>
                {FORMS[form]}
              </button>
            </li>
          ))}
          {MENU.filter((action) => ACTIONS[action].isOffered(view)).map((action) => (
            <li key={action} className={BUTTONS.includes(action) ? 'phone' : undefined}>
              <button type="button" className={ACTIONS[action].danger ? 'danger' : ''} onClick={() => choose(action)}>
                {ACTIONS[action].label}
              </button>
            </li>
          ))}
        </ul>
      </details>
      {chosen === 'signal' && <SignalDialog {...{ view, definition, onClose }} onDone={refresh} />}
      {chosen === 'intervene' && <InterveneDialog {...{ view, onClose }} onDone={refresh} />}
      {chosen !== undefined && !isForm(chosen) && (
        <Confirm action={chosen} view={view} onDone={refresh} onClose={onClose} />
      )}
    </>
  );
}
