/** The form as JSON Schema, from the core's table of its fields. */

import { CmkitError } from "./error.js";
import { policy } from "./policy-module.js";

/** A JSON Schema. */
export type JsonSchema = Record<string, unknown>;

/** The drafts that a schema can be of. */
export type JsonSchemaTarget = "draft-2020-12" | "draft-07" | (string & {});

const DRAFTS = new Map<string, string>([
  ["draft-2020-12", "https://json-schema.org/draft/2020-12/schema"],
  ["draft-07", "http://json-schema.org/draft-07/schema#"],
]);

/** A field as the core's table has it. */
interface Field {
  name: string;
  takes: string;
  means: string;
  none: boolean;
}

/** What fields take. Nothing is required: a field that is not filled in is unknown, not wrong. */
const TAKES: Readonly<Record<string, JsonSchema>> = {
  text: { type: ["string", "null"] },
  number: { type: ["integer", "string", "null"], pattern: "^\\s*-?[0-9]*\\s*$" },
  boolean: { type: ["boolean", "string", "null"] },
  list: { type: ["array", "string", "null"], items: { type: "string" } },
  time: { type: ["string", "integer", "null"] },
  period: { type: ["string", "null"] },
};

/**
 * The schema of the form.
 *
 * @throws CmkitError `unsupported` for another draft.
 */
export function jsonSchema(target: JsonSchemaTarget): JsonSchema {
  const draft = DRAFTS.get(target);
  if (draft === undefined) {
    throw new CmkitError("unsupported", `\`${target}\` is no draft that is written: ${[...DRAFTS.keys()].join(", ")}`);
  }
  const fields: Field[] = policy.get().formFields();
  const property = ({ name, takes, means, none }: Field) => {
    const description = none ? `${means}; \`none\` if there is none` : means;
    return [name, { ...(TAKES[takes] ?? { const: takes.replaceAll("`", "") }), description }];
  };
  return {
    $schema: draft,
    title: "A cluster and its customer-managed key",
    type: "object",
    properties: Object.fromEntries(fields.map(property)),
    additionalProperties: false,
  };
}
