/** Who acts: shown on every page, changed by a click. */
import { useId, useState } from 'react';
import { Dialog } from './parts/dialog.tsx';
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
  const [name, setName] = useState(operatorName() ?? '');
  const inputId = useId();
  const keep = (): void => {
    keepOperatorName(name);
    close();
  };
  return (
    <Dialog title="Who acts" verb="Keep" submit={keep} close={close}>
      <p>
        Every cancellation, review, redrive and discard is recorded with this name. Empty: the user that the console
        runs as.
      </p>
      <label htmlFor={inputId}>Name</label>
      <input
        id={inputId}
        value={name}
        maxLength={nameLengthMax}
        autoComplete="name"
        onChange={({ target }) => setName(target.value.replaceAll(/\p{Cc}/gu, ''))}
      />
    </Dialog>
  );
}
