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

/** The grpc-js definition of a protobuf-es service; its keys are the methods' local names (`appendMany`). */
export function grpcDefinition(service: DescService): ServiceDefinition {
  return Object.fromEntries(service.methods.map((method) => [method.localName, methodDefinition(method)]));
}

/** The grpc-js definition of one method. */
export function methodDefinition(method: DescMethod): GrpcMethod {
  const { input, output, methodKind } = method;
  return {
    path: pathOf(method),
    originalName: method.name,
    requestStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
    responseStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
    requestSerialize: serializer(input),
    requestDeserialize: (bytes) => fromBinary(input, bytes),
    responseSerialize: serializer(output),
    responseDeserialize: (bytes) => fromBinary(output, bytes),
  };
}

/** `/package.Service/Method`, as it stands on the wire, in logs and in metrics. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** Encodes without copying: the Buffer is a view of the bytes that protobuf-es wrote. */
function serializer(schema: DescMessage): (message: Message) => Buffer {
  return (message) => {
    const bytes = toBinary(schema, message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}
