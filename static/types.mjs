// Generates src/api/types.ts: `node types.mjs OPENAPI.JSON > src/api/types.ts`, from the answer of a server at /api/openapi.json. A test checks that
// the file matches the server's document.
import { readFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const document = JSON.parse(readFileSync(process.argv[2], "utf8"));

/** The descriptions stay in the document; here they would be most of the file. */
function bare(value) {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([name, inner]) => !(typeof inner === "string" && (name === "description" || name === "format")),
  );
  return Object.fromEntries(kept.map(([name, inner]) => [name, bare(inner)]));
}

const schemas = Object.entries(document.components.schemas).sort(([a], [b]) => (a < b ? -1 : 1));
const types = astToString(
  await openapiTS({ ...document, paths: {}, components: { schemas: bare(Object.fromEntries(schemas)) } }),
);
const start = types.indexOf("export interface components");
const text = types
  .slice(start, types.indexOf("export type $defs"))
  .replaceAll(/^ *\/\*\* @enum.*\n/gm, "")
  .replaceAll(/^( *)(responses|parameters|requestBodies|headers|pathItems): never;\n/gm, "");
process.stdout.write(`// Made by types.mjs from /api/openapi.json: do not edit.\n${text}`);
