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

/** The parameters in which Ajv and TypeBox name a property that is missing or must not be there. */
const namingParameters = ['missingProperty', 'additionalProperty', 'requiredProperties', 'additionalProperties'];

/** The field at fault: a missing or unknown one is pointed at itself, not the object around it. */
export function fieldFault(where: FieldFault['in'], fault: SchemaFault): FieldFault {
  const name = namedIn(fault.params);
  const pointer =
    name === undefined
      ? fault.instancePath
      : `${fault.instancePath}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return { in: where, pointer, detail: detailOf(fault) };
}

/** A pattern is for programs: whoever typed the value is told in words what fits. */
function detailOf({ message = 'does not fit', parentSchema }: SchemaFault): string {
  const allowed: unknown =
    typeof parentSchema === 'object' && parentSchema !== null ? Reflect.get(parentSchema, 'allowed') : undefined;
  return typeof allowed === 'string' ? `must be ${allowed}` : message;
}

function namedIn(params: unknown): string | undefined {
  if (typeof params !== 'object' || params === null) return undefined;
  for (const parameter of namingParameters) {
    const value: unknown = Reflect.get(params, parameter);
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof first === 'string') return first;
  }
  return undefined;
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
