/** The HTTP transport: a strict server, routes as decode → endpoint → encode, problems, OpenAPI, event streams. */
export { answer, callContext } from './answer.ts';
export { EventStreams, type EventStreamsOptions, type ServerSentEvent } from './event-stream.ts';
export { refuseForeignPages } from './foreign-pages.ts';
export { httpPart, type ListenOptions } from './http-part.ts';
export { type ApiDescription, describeApi } from './openapi.ts';
export { problemPages, readProblemPage } from './problem-pages.ts';
export { answerProblem } from './problem-reply.ts';
export { createHttpApp, type HttpApp, type HttpAppOptions } from './server.ts';
