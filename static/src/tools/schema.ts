// The arguments of a tool: as rows for people, and as the JSON schema of the API.

/** The types of values in a row. */
export const TYPES = ["string", "number", "integer", "boolean"] as const;

/** An argument. */
export interface Row {
  name: string;
  type: (typeof TYPES)[number];
  meaning: string;
  needed: boolean;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The rows of a schema; null if rows can't express it. */
export function rowsOf(schema: unknown): Row[] | null {
  if (!isObject(schema) || schema.type !== "object") return null;
  const known = ["type", "properties", "required", "additionalProperties"];
  if (Object.keys(schema).some((key) => !known.includes(key))) return null;
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== false) return null;
  const properties = schema.properties ?? {};
  const required = schema.required ?? [];
  if (!isObject(properties) || !Array.isArray(required)) return null;
  const rows: Row[] = [];
  for (const [name, property] of Object.entries(properties)) {
    if (!isObject(property) || Object.keys(property).some((key) => key !== "type" && key !== "description")) return null;
    const type = TYPES.find((one) => one === property.type);
    if (!type) return null;
    const meaning = typeof property.description === "string" ? property.description : "";
    rows.push({ name, type, meaning, needed: required.includes(name) });
  }
  return required.every((name) => Object.hasOwn(properties, String(name))) ? rows : null;
}

/** The schema of rows. */
export function schemaOf(rows: Row[]): Record<string, unknown> {
  const properties = Object.fromEntries(
    rows.map(({ name, type, meaning }) => [name, meaning.trim() === "" ? { type } : { type, description: meaning.trim() }]),
  );
  const required = rows.filter(({ needed }) => needed).map(({ name }) => name);
  return { type: "object", properties, ...(required.length > 0 ? { required } : {}), additionalProperties: false };
}

/** The names of the arguments in a schema. */
export function namesOf(schema: unknown): string[] {
  return isObject(schema) && isObject(schema.properties) ? Object.keys(schema.properties) : [];
}

/** The request as HTTP text; `…` stands for the caller's words. */
export function requestOf(method: string, url: string, names: string[], headers: string[]): string {
  const rest = names.filter((name) => !url.includes(`{${name}}`));
  const inQuery = method === "GET" || method === "DELETE";
  const query = inQuery && rest.length > 0 ? `${url.includes("?") ? "&" : "?"}${rest.map((name) => `${name}=…`).join("&")}` : "";
  const filled = names.reduce((text, name) => text.replaceAll(`{${name}}`, "…"), url);
  const lines = [`${method} ${filled}${query}`, ...headers.filter((name) => name !== "").map((name) => `${name}: ••••`)];
  if (!inQuery) {
    const body = rest.map((name) => `  ${JSON.stringify(name)}: …`).join(",\n");
    lines.push("Content-Type: application/json", "", rest.length > 0 ? `{\n${body}\n}` : "{}");
  }
  return lines.join("\n");
}
