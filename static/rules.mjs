// Generates src/api/rules.ts: `node rules.mjs OPENAPI.JSON > src/api/rules.ts`. The file says what the server accepts in each field of a request, for
// the forms (src/app/form). A test checks that it matches the server's document.
import { readFileSync } from "node:fs";

const { schemas } = JSON.parse(readFileSync(process.argv[2], "utf8")).components;

/** The schema itself, without references and "or null". */
function plain(schema) {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (ref) return plain(schemas[ref.split("/").pop()]);
  const kinds = (schema.oneOf ?? schema.anyOf)?.filter((kind) => kind.type !== "null");
  return kinds?.length === 1 ? plain(kinds[0]) : schema;
}

function ruleOf(field, isRequired) {
  const schema = plain(field);
  const own = { ...schema, ...field };
  const type = [own.type].flat().find((kind) => kind !== "null");
  const rule = { required: isRequired || undefined };
  for (const bound of ["minLength", "maxLength", "minimum", "maximum", "maxItems", "pattern"]) {
    if (own[bound] !== undefined) rule[bound] = own[bound];
  }
  if (Array.isArray(schema.enum)) rule.choices = schema.enum.filter((choice) => choice !== null);
  if (["integer", "number", "boolean", "array"].includes(type)) rule.type = type;
  return rule;
}

const written = Object.entries(schemas)
  .filter(([name, { properties }]) => properties && /(Body|Change)$/.test(name))
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, { properties, required = [] }]) => {
    const fields = Object.entries(properties).map(
      ([field, schema]) => `  ${field}: ${JSON.stringify(ruleOf(schema, required.includes(field)))},`,
    );
    return `export const ${name} = {\n${fields.join("\n")}\n} satisfies Rules;\n`;
  });
process.stdout.write(`// Made by rules.mjs from /api/openapi.json: do not edit.
import type { Rules } from "../app/form/rules";

${written.join("\n")}`);
