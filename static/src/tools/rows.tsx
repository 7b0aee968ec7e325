// The rows of a tool: its arguments, and the headers of its request.
import { TextArea } from "../app/form/fields";
import type { Draft } from "../app/form/record";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { w } from "../app/words";
import type { ToolDraft } from "./editor";
import { type Row, TYPES } from "./schema";
import { t } from "./words";

/** A header that is edited. `was`: the end of the stored value; empty if that is not shown. */
export interface HeaderDraft {
  name: string;
  value: string;
  /** Absent if the header is new. */
  was?: string;
}

/** The arguments of the tool, as rows or as a schema. */
export function ParameterRows({ draft, onTurn, canTurn }: { draft: Draft<ToolDraft>; onTurn: () => void; canTurn: boolean }) {
  const { rows, isSchema } = draft.value;
  useKeptFocus(rows.length, '[aria-describedby^="parameters-fault"] > .acts > button');
  const fault = draft.faults.parameters ?? "";
  const change = (at: number, to: Partial<Row>) => {
    draft.set(
      "rows",
      rows.map((row, place) => (place === at ? { ...row, ...to } : row)),
    );
  };
  return (
    <fieldset name="rows" class="part" aria-describedby="parameters-fault parameters-hint">
      <legend>{t.parameters}</legend>
      {!isSchema && (
        <p id="parameters-hint" class="hint">
          {t.parametersHint}
        </p>
      )}
      {isSchema ? (
        <TextArea draft={draft} name="schema" label={t.schema} hint={t.schemaHint} rows={10} />
      ) : (
        rows.map((row, at) => (
          // The row's position is its identity.
          <div key={at} class="parameter" role="group" aria-label={t.parameterN(at + 1)}>
            <label>
              <span>{t.parameterName}</span>
              <input
                dir="ltr"
                autocomplete="off"
                value={row.name}
                aria-invalid={fault !== "" && (row.name.trim() === "" || rows.some((one) => one !== row && one.name === row.name))}
                onInput={(event) => change(at, { name: event.currentTarget.value })}
              />
            </label>
            <label>
              <span>{t.parameterType}</span>
              <select value={row.type} onChange={(event) => change(at, { type: event.currentTarget.value as Row["type"] })}>
                {TYPES.map((type) => (
                  <option key={type} value={type}>
                    {t.types[type]}
                  </option>
                ))}
              </select>
            </label>
            <label class="meaning">
              <span>{t.parameterMeaning}</span>
              <input dir="auto" value={row.meaning} onInput={(event) => change(at, { meaning: event.currentTarget.value })} />
            </label>
            <label class="needed">
              <input
                type="checkbox"
                class="tick"
                checked={row.needed}
                onChange={(event) => change(at, { needed: event.currentTarget.checked })}
              />
              <span>{t.parameterNeeded}</span>
            </label>
            <button
              type="button"
              class="btn quiet square"
              aria-label={t.removeParameter(row.name || t.parameterN(at + 1))}
              title={w.act.remove}
              onClick={() =>
                draft.set(
                  "rows",
                  rows.filter((_, place) => place !== at),
                )
              }
            >
              <Icon name="cross" />
            </button>
          </div>
        ))
      )}
      <p id="parameters-fault" class="error" role="alert">
        {fault}
      </p>
      <div class="acts">
        {!isSchema && (
          <button
            type="button"
            class="btn small"
            onClick={() => draft.set("rows", [...rows, { name: "", type: "string", meaning: "", needed: true }])}
          >
            <Icon name="add" />
            {t.addParameter}
          </button>
        )}
        {canTurn && (
          <button type="button" class="btn small quiet" onClick={onTurn}>
            {isSchema ? t.asRows : t.asSchema}
          </button>
        )}
      </div>
    </fieldset>
  );
}

/** The headers, whose values are secrets. */
export function HeaderRows({ draft }: { draft: Draft<ToolDraft> }) {
  const { headers } = draft.value;
  useKeptFocus(headers.length, '[aria-describedby^="headers-fault"] > .add');
  const fault = draft.faults.headers ?? "";
  const change = (at: number, to: Partial<HeaderDraft>) => {
    draft.set(
      "headers",
      headers.map((header, place) => (place === at ? { ...header, ...to } : header)),
    );
  };
  const max = draft.rules.headers?.maxItems ?? Number.POSITIVE_INFINITY;
  return (
    <fieldset name="headers" class="part" aria-describedby="headers-fault headers-hint">
      <legend>{t.headers}</legend>
      <p id="headers-hint" class="hint">
        {t.headersHint}
      </p>
      {headers.map((header, at) => (
        <div key={at} class="header" role="group" aria-label={t.headerN(at + 1)}>
          <label>
            <span>{t.headerName}</span>
            <input
              dir="ltr"
              autocomplete="off"
              value={header.name}
              aria-invalid={fault !== ""}
              readOnly={header.was !== undefined}
              onInput={(event) => change(at, { name: event.currentTarget.value })}
            />
          </label>
          <label>
            <span>{t.headerValue}</span>
            <input
              type="password"
              autocomplete="new-password"
              value={header.value}
              placeholder={header.was === undefined ? "" : header.was === "" ? t.keepsSome : t.keeps(header.was)}
              onInput={(event) => change(at, { value: event.currentTarget.value })}
            />
          </label>
          <button
            type="button"
            class="btn quiet square"
            aria-label={t.removeHeader(header.name || t.headerN(at + 1))}
            title={w.act.remove}
            onClick={() =>
              draft.set(
                "headers",
                headers.filter((_, place) => place !== at),
              )
            }
          >
            <Icon name="cross" />
          </button>
        </div>
      ))}
      <p id="headers-fault" class="error" role="alert">
        {fault}
      </p>
      {headers.length < max && (
        <button type="button" class="btn small add" onClick={() => draft.set("headers", [...headers, { name: "", value: "" }])}>
          <Icon name="add" />
          {t.addHeader}
        </button>
      )}
    </fieldset>
  );
}
