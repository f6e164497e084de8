/** Joins protobuf-es (messages and their types) with grpc-js (the wire): a service's definition as grpc-js wants it. */

import {
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  type Message,
  toBinary,
} from '@bufbuild/protobuf';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';

/** A method as grpc-js sees it, with messages as protobuf-es makes them. */
export type GrpcMethod = MethodDefinition<Message, Message>;

/**
 * The grpc-js definition of a protobuf-es service for its server, which encodes its answers itself: so it knows how many
 * bytes wait to be taken. Its keys are the methods' local names (`appendMany`).
 */
export function grpcDefinition(service: DescService): ServiceDefinition {
  const served = (method: DescMethod): MethodDefinition<Message, Buffer> => ({
    ...methodDefinition(method),
    responseSerialize: (encoded) => encoded,
    responseDeserialize: (encoded) => encoded,
  });
  return Object.fromEntries(service.methods.map((method) => [method.localName, served(method)]));
}

/** The grpc-js definition of one method for its clients. */
export function methodDefinition(method: DescMethod): GrpcMethod {
  const { input, output, methodKind } = method;
  return {
    path: pathOf(method),
    originalName: method.name,
    requestStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
    responseStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
    requestSerialize: (message) => encode(input, message),
    requestDeserialize: (bytes) => fromBinary(input, bytes),
    responseSerialize: (message) => encode(output, message),
    responseDeserialize: (bytes) => fromBinary(output, bytes),
  };
}

/** `/package.Service/Method`, as it stands on the wire, in logs and in metrics. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** Encodes without copying: the Buffer is a view of the bytes that protobuf-es wrote. */
export function encode(schema: DescMessage, message: Message): Buffer {
  const bytes = toBinary(schema, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
