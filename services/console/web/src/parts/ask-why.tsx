/** Asks for a reason before something is done that stays for ever, and shows the refusal when it was refused. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { act } from '../server/ask.ts';
import { byOperator, useOperator } from '../server/session.ts';
import { Dialog } from './dialog.tsx';
import { Failure } from './notices.tsx';

/** What is about to be done. */
export interface Deed {
  /** As a question or an order: `Cancel this order`. */
  readonly title: string;
  /** What will happen, in a sentence. */
  readonly means: string;
  /** The word on the button. */
  readonly verb: string;
  readonly isDangerous?: boolean;
  /** Where it is sent, and what with besides the reason. */
  readonly path: string;
  readonly body?: object;
  /** Reasons to choose from; any other may be written. */
  readonly reasons: readonly string[];
  readonly onDone?: () => void;
}

const reasonLengthMax = 350;

function AskWhy({ deed, close }: { readonly deed: Deed; readonly close: () => void }): React.ReactElement {
  const [why, setWhy] = useState('');
  const operator = useOperator();
  const known = useQueryClient();
  const whyId = useId();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => act(deed.path, { ...deed.body, why: why.trim(), ...byOperator() }),
    onSuccess: () => {
      deed.onDone?.();
      close();
    },
    onSettled: () => known.invalidateQueries(),
  });
  const isEmpty = why.trim() === '';
  return (
    <Dialog
      title={deed.title}
      verb={isPending ? 'Sending …' : deed.verb}
      isDangerous={deed.isDangerous === true}
      isDisabled={isPending || isEmpty}
      submit={() => {
        if (!isEmpty) mutate();
      }}
      close={close}
    >
      <p>{deed.means}</p>
      <label htmlFor={whyId}>Why</label>
      <textarea
        id={whyId}
        rows={2}
        required
        maxLength={reasonLengthMax}
        value={why}
        onChange={(event) => setWhy(event.target.value.replaceAll(/\p{Cc}/gu, ' '))}
      />
      <div className="chips" aria-label="Common reasons">
        {deed.reasons.map((reason) => (
          <button type="button" className="chip" key={reason} onClick={() => setWhy(reason)}>
            {reason}
          </button>
        ))}
      </div>
      <p className="faint">Recorded as done by {operator}, with this reason.</p>
      {error === null ? null : <Failure error={error} />}
    </Dialog>
  );
}

/** A dialog that a page opens with a deed. */
export function useAskWhy(): { readonly askWhy: (deed: Deed) => void; readonly dialog: React.ReactElement | null } {
  const [deed, setDeed] = useState<Deed | undefined>();
  return {
    askWhy: setDeed,
    dialog: deed === undefined ? null : <AskWhy deed={deed} close={() => setDeed(undefined)} />,
  };
}
