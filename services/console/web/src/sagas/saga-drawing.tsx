/** A saga drawn from its definition: what is done, what runs and until when, what is still to come, what is undone. */
import { Mark } from '../parts/mark.tsx';
import { TroubleNotice } from '../parts/notices.tsx';
import { useNowMs } from '../parts/now.ts';
import { At, Due } from '../parts/values.tsx';
import type { Saga, SagaStep } from '../server/answers.ts';
import { shortType } from '../words/names.ts';
import { counted } from '../words/numbers.ts';
import { type Look, sagaLooks, stepLooks } from '../words/states.ts';
import { wholeDuration } from '../words/times.ts';

export function SagaDrawing({ saga, isNow }: { readonly saga: Saga; readonly isNow: boolean }): React.ReactElement {
  return (
    <>
      <ol className="saga" aria-label={`Saga ${saga.saga}`}>
        <li className="saga-end">
          <code>{shortType(saga.starts)}</code>
          <small>starts it</small>
        </li>
        {saga.steps.map((step) => (
          <Step key={step.name} step={step} isNow={isNow} />
        ))}
        <End saga={saga} />
      </ol>
      {isNow ? <Next saga={saga} /> : null}
    </>
  );
}

function Step({ step, isNow }: { readonly step: SagaStep; readonly isNow: boolean }): React.ReactElement {
  const look = stepLooks[step.kind];
  const isUndone = step.kind === 'undoAsked' || step.kind === 'undone' || step.kind === 'toUndo';
  return (
    <li
      className={`saga-step tone-${look.tone} ${step.kind === 'running' ? 'saga-current' : ''} ${isUndone ? 'saga-undone' : ''}`}
    >
      <div className="saga-step-head">
        <b>{step.name}</b>
        <Mark look={look} />
      </div>
      <p className="saga-types">
        <span>
          <span className="for-ears">succeeds with </span>✓ <code>{shortType(step.succeeds)}</code>
        </span>
        <span>
          <span className="for-ears">fails with </span>✕ <code>{shortType(step.fails)}</code>
        </span>
      </p>
      {step.dueMs === null || step.kind !== 'running' ? (
        <p className="faint">
          {step.sinceMs === null || step.kind === 'pending' ? (
            `within ${wholeDuration(step.withinMs)}`
          ) : (
            <At ms={step.sinceMs} />
          )}
        </p>
      ) : (
        <Deadline dueMs={step.dueMs} withinMs={step.withinMs} isNow={isNow} />
      )}
      {step.undo === null ? null : (
        <p className="saga-undo">
          <span aria-hidden="true">↩ </span>
          <span className="for-ears">undone by </span>
          <code>{shortType(step.undo.ask)}</code> <span aria-hidden="true">→</span>{' '}
          <code>{shortType(step.undo.done)}</code>
        </p>
      )}
    </li>
  );
}

function Deadline({
  dueMs,
  withinMs,
  isNow,
}: {
  readonly dueMs: number;
  readonly withinMs: number;
  readonly isNow: boolean;
}): React.ReactElement {
  const nowMs = useNowMs();
  if (!isNow)
    return (
      <p className="faint">
        due <At ms={dueMs} />
      </p>
    );
  const left = Math.max(0, Math.min(1, (dueMs - nowMs) / (withinMs || 1)));
  return (
    <p className="saga-deadline">
      <span>
        due <Due ms={dueMs} />
      </span>
      <meter value={left} min={0} max={1} low={0.1} aria-label="Time left" />
    </p>
  );
}

function End({ saga }: { readonly saga: Saga }): React.ReactElement {
  const look: Look = sagaLooks[saga.status];
  const ended = saga.status === 'done' ? saga.ends.done : saga.status === 'undone' ? saga.ends.undone : null;
  return (
    <li className={`saga-end tone-${look.tone}`}>
      {ended === null ? (
        <>
          <code>{shortType(saga.ends.done)}</code>
          <small>
            or <code>{shortType(saga.ends.undone)}</code>
          </small>
        </>
      ) : (
        <>
          <code>{shortType(ended)}</code>
          <small>ended it</small>
        </>
      )}
    </li>
  );
}

/** What comes after the step that runs now. */
function saysRemaining({ remaining, current, status }: Saga): string {
  if (remaining.length > 0)
    return `${status === 'undoing' ? 'Still to be undone' : 'Still to come'}: ${remaining.join(', ')}. `;
  return current === null ? 'Nothing remains. ' : `${current} is the last step. `;
}

const nextWords: Readonly<Record<string, string>> = {
  judge: 'judges the deadline',
  deadline: 'judges the deadline',
  undo: 'asks for the undo',
  end: 'records the end',
};

function Next({ saga }: { readonly saga: Saga }): React.ReactElement {
  const { next } = saga;
  return (
    <div className="saga-next">
      <p>
        {saysRemaining(saga)}
        {next === null ? null : (
          <>
            The coordinator {nextWords[next.kind] ?? next.kind}
            {next.step === null ? '' : ` of ${next.step}`}
            {next.dueMs === null ? (
              ''
            ) : (
              <>
                {' '}
                <Due ms={next.dueMs} />
              </>
            )}
            .
          </>
        )}
        {saga.reason === null ? null : ` Undone because of ${saga.reason.replaceAll('_', ' ')}.`}
      </p>
      {saga.isStuck ? (
        <TroubleNotice
          tone="bad"
          trouble={{
            says: `It is stuck after ${counted(saga.attempts, 'attempt')}${saga.lastError === null ? '' : `: ${saga.lastError}`}.`,
            nextStep: 'The coordinator keeps trying: fix what the message says, and it continues by itself.',
          }}
        />
      ) : null}
    </div>
  );
}
