/** The shapes of what the console answers, as it declares them itself. Types alone: none of its code is in the page. */
export type { AuditLine, AuditPage, Placed } from '../../../src/api/actions.ts';
export type {
  DeadLetter,
  DeadLetterDetail,
  DeadLetterGroup,
  DeadLetterGroups,
  DeadLetterList,
  DeadLetterState,
  DryRun,
} from '../../../src/api/dead-letters.ts';
export type {
  Arrow,
  Box,
  BoxName,
  BoxState,
  Burst,
  Counters,
  Floor,
  FloorHistory,
  FloorPoint,
  MoneyLine,
} from '../../../src/api/floor.ts';
export type { ConsumerHealth, DatabaseHealth, Health, ProcessHealth, Setting } from '../../../src/api/health.ts';
export type { Begun, LogEvent, LogPage, LogTypes, Skipped } from '../../../src/api/log.ts';
export type { OrderDetail, OrderLine, OrderPage, OrderStep, Payment } from '../../../src/api/orders.ts';
export type { Review, ReviewPage, Saga, SagaLine, SagaPage, SagaStatus, SagaStep } from '../../../src/api/sagas.ts';
export type { SampleKind, Session as SessionAnswer } from '../../../src/api/session.ts';
export type { TracesHeld, ZipkinDependency, ZipkinSpan, ZipkinTraces } from '../../../src/api/traces.ts';
export type { CancelReason, Money, OrderStatus, ProblemAnswer as Problem, Trouble } from '../../../src/api/values.ts';
export type { PromiseLine, Verification, VerifyState } from '../../../src/api/verify.ts';
