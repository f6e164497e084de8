/**
 * Messages whose bytes are there already, for the most part. protobuf-es would copy those into a buffer that it enlarges
 * again and again: garbage of three times the message, whose collection can take half of what the message costs.
 */
import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { CodedError } from '../coded-error.ts';

/** A message of this schema in the bytes that go over the wire. */
export class EncodedMessage<Schema extends DescMessage> {
  readonly schema: Schema;
  readonly bytes: Buffer;

  constructor(schema: Schema, bytes: Buffer) {
    this.schema = schema;
    this.bytes = bytes;
  }
}

/**
 * Encodes a message with these members of a field of type `repeated bytes`, which `rest` does not have. The bytes of two
 * messages one behind the other are those of both merged: https://protobuf.dev/programming-guides/encoding/#last-one-wins
 */
export function encodeWithBytes<Schema extends DescMessage>(
  schema: Schema,
  rest: MessageInitShape<Schema>,
  name: keyof Schema['field'] & string,
  members: readonly Uint8Array[],
): EncodedMessage<Schema> {
  const field = schema.fields.find(({ localName }) => localName === name);
  if (field === undefined) throw new CodedError('grpc_field', `${schema.typeName} has no field ${name}`);
  const headOf = ({ byteLength }: Uint8Array): Uint8Array =>
    new BinaryWriter().tag(field.number, WireType.LengthDelimited).uint32(byteLength).finish();
  const parts = members.flatMap((member) => [headOf(member), member]);
  return new EncodedMessage(schema, Buffer.concat([toBinary(schema, create(schema, rest)), ...parts]));
}
