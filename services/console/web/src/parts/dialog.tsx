/** A dialog over the page: a form with a title, what it asks, and two buttons, the first of which changes nothing. */
import { useEffect, useId, useRef } from 'react';

/** What a dialog says and does. */
export interface DialogProps {
  readonly title: string;
  /** The word on the button that submits. */
  readonly verb: string;
  readonly isDangerous?: boolean;
  readonly isDisabled?: boolean;
  readonly submit: () => void;
  readonly close: () => void;
  readonly children: React.ReactNode;
}

/** Open for as long as it is there, with the first thing that it asks in focus, as `showModal` does. */
export function Dialog(props: DialogProps): React.ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={titleId} onClose={props.close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.submit();
        }}
      >
        <h2 id={titleId}>{props.title}</h2>
        {props.children}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={props.close}>
            Leave it
          </button>
          <button
            type="submit"
            className={props.isDangerous === true ? 'button danger' : 'button primary'}
            disabled={props.isDisabled}
          >
            {props.verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}
