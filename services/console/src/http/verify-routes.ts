/** The verification: how it stands, start one, watch it. */
import { answer, type EventStreams, type HttpApp } from '@eventstream/service-kit/http';
import { Type } from 'typebox';
import { printable } from '../api/values.ts';
import { type AuditTrail, audited } from '../audit.ts';
import type { VerifyRunner } from '../verify-runner.ts';

/** What the routes act through. */
export interface VerifyParts {
  readonly verify: VerifyRunner;
  readonly trail: AuditTrail;
  readonly operator: string;
}

const startBody = Type.Object({ by: Type.Optional(printable(100)) }, { additionalProperties: false });

/** Adds the routes. */
export function verifyRoutes(
  app: HttpApp,
  { verify, trail, operator, streams }: VerifyParts & { streams: EventStreams },
): void {
  app.get('/api/verify', () => verify.state);
  app.post(
    '/api/verify',
    {
      schema: { body: startBody },
      preValidation: async (request) => {
        request.body ??= {};
      },
    },
    async (request, reply) => {
      const { by = operator } = request.body;
      const begun = await audited(
        trail,
        { by, action: 'verify', subject: '', why: 'to hold the system against its promises' },
        {
          run: () => verify.start(by),
          says: () => 'the verification has begun',
        },
      );
      return answer(reply, begun, (state) => reply.code(202).send(state));
    },
  );
  app.get('/api/verify/stream', { exposeHeadRoute: false }, (_request, reply) =>
    streams.send(reply, verify.states(), (state) => ({
      id: String(state.running?.done ?? 0),
      event: 'verify',
      data: state,
    })),
  );
}
