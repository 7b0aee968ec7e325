// Rows of the business profile that are opened one at a time: services, questions, holidays, texts.
import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import type { Business } from "../api/model";
import type { Draft } from "../app/form/record";
import { isWrong, rowOf } from "../app/form/rows";
import type { Rules } from "../app/form/rules";
import { Icon } from "../app/icons";
import { tell } from "../app/toasts";
import { w } from "./words";

type Lists = "services" | "faq" | "holidays" | "sms_templates";
type Row<L extends Lists> = Business[L][number];

/** The rows of a list. `shown`: the content of a folded row; `unnamed`: the name of a new one. */
export function FoldRows<L extends Lists>(props: {
  draft: Draft<Business>;
  list: L;
  rules: Rules;
  max: number;
  blank: () => Row<L>;
  add: string;
  none: string;
  unnamed: string;
  nameOf: (row: Row<L>) => string;
  shown: (row: Row<L>) => ComponentChildren;
  children: (row: Draft<Row<L>>) => ComponentChildren;
}) {
  const { draft, list, rules, max, blank, add, none, unnamed, nameOf, shown, children } = props;
  const rows = draft.value[list] as Row<L>[];
  const [open, setOpen] = useState<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const put = (to: Row<L>[]) => draft.set(list, to as Business[L]);
  const focus = (what: string) => requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(what)?.focus());
  return (
    <div ref={box} class="fold-rows">
      {rows.length === 0 && <p class="none">{none}</p>}
      <ul>
        {rows.map((row, at) => {
          const name = nameOf(row).trim() || unnamed;
          const isOpen = open === at || isWrong(draft.faults, list, at);
          return (
            // Rows are neither moved nor sorted: the position is the key.
            <li key={at} class={isOpen ? "fold open" : "fold"}>
              <div class="fold-head">
                <button type="button" class="fold-name" aria-expanded={isOpen} aria-controls={`${id}-${at}`} onClick={() => setOpen(isOpen ? null : at)}>
                  <Icon name={isOpen ? "down" : "next"} size="small" />
                  <span class="what" dir="auto">
                    {name}
                  </span>
                  {!isOpen && <span class="meta">{shown(row)}</span>}
                </button>
                <button
                  type="button"
                  class="btn quiet square"
                  aria-label={w.rows.remove(name)}
                  title={w.rows.remove(name)}
                  onClick={() => {
                    put(rows.filter((_, place) => place !== at));
                    setOpen(null);
                    tell(w.rows.removed(name));
                    focus(".fold-add");
                  }}
                >
                  <Icon name="remove" />
                </button>
              </div>
              <div id={`${id}-${at}`} class="fold-body" hidden={!isOpen}>
                {isOpen && children(rowOf<Row<L>, Business>(draft, list, at, rules))}
              </div>
            </li>
          );
        })}
      </ul>
      <p class="error" role="alert">
        {draft.faults[list] ?? ""}
      </p>
      {rows.length < max && (
        <button
          type="button"
          class="btn small fold-add"
          onClick={() => {
            put([...rows, blank()]);
            setOpen(rows.length);
            focus(".fold:last-child .fold-body input");
          }}
        >
          <Icon name="add" />
          {add}
        </button>
      )}
    </div>
  );
}
