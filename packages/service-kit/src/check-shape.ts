/** Says where a request departs from its schema, and checks one for transports that do not do it themselves. */
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { type FieldFault, kitProblems, Problem } from './problem.ts';

/** A validator's complaint in the words of JSON Schema; Ajv's and TypeBox's have this much in common. */
export interface SchemaFault {
  /** JSON pointer to the value that was looked at. */
  readonly instancePath: string;
  readonly message?: string | undefined;
  readonly params?: unknown;
  /** What the value was held against. Its `allowed` says in words what fits, to be read after "must be". */
  readonly parentSchema?: unknown;
}

/** The parameters in which Ajv and TypeBox name a property that is missing, and one that must not be there. */
const missing = ['missingProperty', 'requiredProperties'];
const unknown = ['additionalProperty', 'additionalProperties'];

/** The field at fault: a missing or unknown one is pointed at itself, not the object around it. */
export function fieldFault(where: FieldFault['in'], fault: SchemaFault): FieldFault {
  const name = firstText(fault.params, [...missing, ...unknown]);
  const pointer =
    name === undefined
      ? fault.instancePath
      : `${fault.instancePath}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return { in: where, pointer, detail: detailOf(fault) };
}

/** The words of JSON Schema are for programs: whoever made the request is told in plain ones what is wrong, or what fits. */
function detailOf({ message = 'does not fit', params, parentSchema }: SchemaFault): string {
  if (firstText(params, missing) !== undefined) return 'is missing';
  if (firstText(params, unknown) !== undefined) return 'is not known';
  const allowed = valueOf(parentSchema, 'allowed');
  if (typeof allowed === 'string') return `must be ${allowed}`;
  const values = valueOf(params, 'allowedValues');
  if (Array.isArray(values)) return `must be one of ${values.join(', ')}`;
  const types = [valueOf(params, 'type')].flat().flatMap((type) => (typeof type === 'string' ? type.split(',') : []));
  return types.length === 0 ? message : `must be ${types.map((type) => typeWords[type] ?? type).join(' or ')}`;
}

const typeWords: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'text',
};

/** The first text that one of these parameters names. */
function firstText(params: unknown, names: readonly string[]): string | undefined {
  return names.flatMap((name) => valueOf(params, name) ?? []).find((value) => typeof value === 'string');
}

function valueOf(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined;
}

/** The problem of a request whose fields do not fit. */
export function invalidRequest(fault: FieldFault): Problem {
  const field = fault.pointer === '' ? `the ${fault.in}` : `${fault.in} field ${fault.pointer}`;
  return new Problem(kitProblems.invalidRequest, `${field} ${fault.detail}`, { faults: [fault] });
}

/** A check against a schema: the value as it is, or the problem that names its first fault. */
export function shapeOf<Schema extends TSchema>(schema: Schema): (value: unknown) => Static<Schema> | Problem {
  const compiled = Compile(schema);
  return (value) => {
    if (compiled.Check(value)) return value;
    const faults = compiled.Errors(value);
    // An unknown property is reported twice, first as a value that fits the schema `false`.
    const fault = faults.find((one) => one.message !== 'schema is false');
    if (fault === undefined) return invalidRequest(fieldFault('body', { instancePath: '' }));
    return invalidRequest(fieldFault('body', { ...fault, parentSchema: schemaAt(schema, fault.schemaPath) }));
  };
}

/** The part of a schema that a path such as `#/properties/id` leads to. */
function schemaAt(schema: TSchema, path: string): unknown {
  let at: unknown = schema;
  for (const name of path.split('/').slice(1))
    at = typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined;
  return at;
}
