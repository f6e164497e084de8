/** Who acts: shown on every page, changed by a click. */
import { useEffect, useId, useRef, useState } from 'react';
import { keepOperatorName, operatorName, useOperator } from './server/session.ts';

const nameLengthMax = 100;

export function OperatorButton(): React.ReactElement {
  const operator = useOperator();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="side-button operator"
        title="Your actions are recorded under this name"
        onClick={() => setOpen(true)}
      >
        <span className="faint">Acting as</span> <b>{operator}</b>
      </button>
      {isOpen ? <NameDialog close={() => setOpen(false)} /> : null}
    </>
  );
}

function NameDialog({ close }: { readonly close: () => void }): React.ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  const [name, setName] = useState(operatorName() ?? '');
  const ids = { title: useId(), name: useId() };
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={ids.title} onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          keepOperatorName(name);
          close();
        }}
      >
        <h2 id={ids.title}>Who acts</h2>
        <p>
          Every cancellation, review, redrive and discard is recorded with this name. Empty: the user that the console
          runs as.
        </p>
        <label htmlFor={ids.name}>Name</label>
        <input
          id={ids.name}
          value={name}
          maxLength={nameLengthMax}
          autoComplete="name"
          onChange={({ target }) => setName(target.value.replaceAll(/\p{Cc}/gu, ''))}
        />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={close}>
            Leave it
          </button>
          <button type="submit" className="button primary">
            Keep
          </button>
        </div>
      </form>
    </dialog>
  );
}
