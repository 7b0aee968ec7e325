// A tool: when it is used, its request, and the arguments that it needs.
import { useEffect, useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import type { CustomTool, CustomToolBody } from "../api/model";
import { CustomToolBody as bodyRules } from "../api/rules";
import { NumberField, RecordForm, SelectField, TextArea, TextField } from "../app/form/fields";
import { type Faults, useDraft } from "../app/form/record";
import { putInPlaceOf } from "../app/form/revised";
import { filled } from "../app/form/rules";
import { Icon } from "../app/icons";
import { Confirm } from "../app/parts";
import { tell } from "../app/toasts";
import { w } from "../app/words";
import { focusPage, Snippet } from "../house/parts";
import { HeaderRows, type HeaderDraft, ParameterRows } from "./rows";
import { namesOf, requestOf, type Row, rowsOf, schemaOf } from "./schema";
import { TryOut } from "./trial/trial";
import { t } from "./words";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const USUAL_TIMEOUT_MS = 5000;
const EXAMPLE = "https://shop.example/stock/{article}";

/** The edited tool. The arguments are rows or, if rows can't express them, the schema itself. */
export interface ToolDraft {
  name: string;
  description: string;
  method: CustomToolBody["method"];
  url: string;
  timeout_ms: number;
  rows: Row[];
  schema: string;
  isSchema: boolean;
  headers: HeaderDraft[];
}

const rules = filled({ ...bodyRules, parameters: {}, headers: {} }, "timeout_ms");

function draftOf(tool: CustomTool | null): ToolDraft {
  const rows = tool ? rowsOf(tool.parameters) : [];
  return {
    name: tool?.name ?? "",
    description: tool?.description ?? "",
    method: tool?.method ?? "GET",
    url: tool?.url ?? "",
    timeout_ms: tool?.timeout_ms ?? USUAL_TIMEOUT_MS,
    rows: rows ?? [],
    schema: JSON.stringify(tool?.parameters ?? schemaOf([]), null, 2),
    isSchema: rows === null,
    headers: (tool?.headers ?? []).map(({ name, ends_with }) => ({ name, value: "", was: ends_with ?? "" })),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parametersOf(value: ToolDraft): unknown {
  return value.isSchema ? parsed(value.schema) : schemaOf(value.rows);
}

function check(value: ToolDraft): Faults {
  const faults: Faults = {};
  if (value.name !== "" && !/^[a-z][a-z0-9_]{0,63}$/.test(value.name)) faults.name = t.namePattern;
  if (value.isSchema) {
    if (parsed(value.schema) === undefined) faults.parameters = t.badJson;
    return faults;
  }
  const names = value.rows.map(({ name }) => name.trim());
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (names.includes("")) faults.parameters = t.noName;
  else if (twice !== undefined) faults.parameters = t.twice(twice);
  return faults;
}

/** The editor. Users who may not edit see the same, without its actions. `onStale` reloads the tool when somebody else has changed it. */
export function Editor(props: {
  path: string;
  tool: CustomTool | null;
  writes: boolean;
  onCancel: () => void;
  onSaved: (now: CustomTool) => void;
  onRemoved: (id: string) => void;
  onStale: () => void;
}) {
  const { path, tool, writes } = props;
  const head = useRef<HTMLHeadingElement>(null);
  const [asks, setAsks] = useState(false);
  const draft = useDraft<ToolDraft>({
    value: draftOf(tool),
    rules,
    check,
    // The request replaces the whole tool: what somebody else has changed in it must stay.
    follows: true,
    send: async (value) => {
      const body = {
        name: value.name,
        description: value.description,
        method: value.method,
        url: value.url.trim(),
        timeout_ms: value.timeout_ms,
        parameters: parametersOf(value),
        headers: value.headers
          .filter(({ name }) => name.trim() !== "")
          .map(({ name, value: text }) => (text === "" ? { name: name.trim() } : { name: name.trim(), value: text })),
      };
      const now = tool
        ? await putInPlaceOf<CustomTool>(`${path}/${tool.id}`, tool, body, props.onStale)
        : await change<CustomTool>("POST", path, body);
      tell(t.saved(value.name));
      if (!now) return;
      // After the draft's own update: a header's value was sent, and is not shown again.
      setTimeout(() => draft.reset(draftOf(now)));
      props.onSaved(now);
    },
  });
  useEffect(() => {
    if (tool) head.current?.focus({ preventScroll: true });
    else draft.form.current?.querySelector("input")?.focus();
  }, []);
  const { value } = draft;
  const names = namesOf(parametersOf(value));
  const remove = async () => {
    if (!tool) return;
    try {
      await change("DELETE", `${path}/${tool.id}`);
      draft.reset(draftOf(tool));
      tell(t.removed(tool.name));
      props.onRemoved(tool.id);
      focusPage();
    } catch (error) {
      tell(messageOf(error));
    }
  };
  const preview = requestOf(
    value.method,
    value.url || "https://",
    names.filter((name) => name !== ""),
    value.headers.map(({ name }) => name),
  );
  return (
    <section class="sheet editor" aria-labelledby="tool-name">
      <div class="top">
        <h2 id="tool-name" ref={head} tabIndex={-1}>
          {tool ? <code>{tool.name}</code> : t.newTool}
        </h2>
        {tool && writes && (
          <button type="button" class="btn quiet small push" onClick={() => setAsks(true)}>
            <Icon name="remove" />
            {t.remove}
          </button>
        )}
      </div>
      {writes ? (
        <RecordForm draft={draft} verb={t.save} label={tool?.name ?? t.newTool} onCancel={props.onCancel}>
          <TextField draft={draft} name="name" label={t.name} hint={t.nameHint} />
          <TextArea draft={draft} name="description" label={t.description} hint={t.descriptionHint} />
          <fieldset class="part">
            <legend>{t.request}</legend>
            <div class="method-line">
              <SelectField
                draft={draft}
                name="method"
                label={t.method}
                choices={METHODS.map((method) => ({ value: method, label: method }))}
              />
              <TextField draft={draft} name="url" type="url" label={t.url} placeholder={EXAMPLE} />
            </div>
            <p class="hint">{t.urlHint}</p>
            <NumberField draft={draft} name="timeout_ms" label={t.timeout} unit={t.ms} step={100} />
          </fieldset>
          <ParameterRows
            draft={draft}
            onTurn={() => {
              // If rows can't express the schema, they are started again only when it is empty.
              if (!value.isSchema) {
                draft.set("schema", JSON.stringify(schemaOf(value.rows), null, 2));
                draft.set("isSchema", true);
              } else {
                const rows = rowsOf(parsed(value.schema));
                if (rows) {
                  draft.set("rows", rows);
                  draft.set("isSchema", false);
                }
              }
            }}
            canTurn={!value.isSchema || rowsOf(parsed(value.schema)) !== null}
          />
          <HeaderRows draft={draft} />
          <Snippet name={t.preview} text={preview} />
        </RecordForm>
      ) : (
        <div class="read-only">
          <p class="read">{tool?.description}</p>
          <Snippet name={t.preview} text={preview} />
          <Snippet name={t.schema} text={JSON.stringify(tool?.parameters, null, 2)} />
          <button type="button" onClick={props.onCancel}>
            {w.act.close}
          </button>
        </div>
      )}
      {tool && writes && <TryOut path={path} tool={tool} isChanged={draft.isChanged} />}
      {asks && tool && (
        <Confirm
          title={t.removeTitle(tool.name)}
          text={t.removeText}
          verb={t.removeVerb}
          onClose={() => setAsks(false)}
          onYes={() => void remove()}
        />
      )}
    </section>
  );
}
