// The price of a service. Amounts are stored in minor units, such as cents, and typed as people write them.
import { useId, useRef, useState } from "preact/hooks";
import type { Price, Service } from "../api/model";
import type { Draft } from "../app/form/record";
import { language } from "../app/language";
import { exactAmount, minorDigits, read, written } from "../words/money";
import { w } from "./words";

/** A price as text. */
export function priceInWords(price: Price): string {
  switch (price.type) {
    case "fixed":
      return exactAmount(price.amount_minor, price.currency);
    case "hourly":
      return w.services.hourly(exactAmount(price.amount_minor, price.currency));
    case "from_to":
      return w.services.between(exactAmount(price.from_minor, price.currency), exactAmount(price.to_minor, price.currency));
    case "on_request":
      return w.services.kinds.on_request;
  }
}

const names = new Intl.DisplayNames([language], { type: "currency" });
/** The most common ones first, the others after them. */
const USUAL = ["EUR", "USD", "GBP", "CHF", "BRL", "MXN", "CAD", "AUD", "PLN", "SEK"];
const currencies = [...USUAL, ...Intl.supportedValuesOf("currency").filter((code) => !USUAL.includes(code))];

/** The server's maximum. */
const MINOR_MAX = 1_000_000_000_000;

/** Changes the kind of a price and keeps what is known. `currency`: used if none is known. */
function ofKind(price: Price, type: Price["type"], currency: string): Price {
  const known = price.type === "on_request" ? currency : price.currency;
  const least = price.type === "on_request" ? 0 : price.type === "from_to" ? price.from_minor : price.amount_minor;
  switch (type) {
    case "on_request":
      return { type };
    case "from_to":
      return { type, currency: known, from_minor: least, to_minor: least };
    case "fixed":
    case "hourly":
      return { type, currency: known, amount_minor: least };
  }
}

/** The same price in another currency: 49.90 EUR become 50 JPY. */
function inCurrency(price: Exclude<Price, { type: "on_request" }>, currency: string): Price {
  const factor = 10 ** (minorDigits(currency) - minorDigits(price.currency));
  const minor = (of: number) => Math.min(Math.round(of * factor), MINOR_MAX);
  return price.type === "from_to"
    ? { ...price, currency, from_minor: minor(price.from_minor), to_minor: minor(price.to_minor) }
    : { ...price, currency, amount_minor: minor(price.amount_minor) };
}

/** The fields of a price. `currency`: the currency of a new price. */
export function PriceField({ draft, currency }: { draft: Draft<Service>; currency: string }) {
  const { price } = draft.value;
  const id = useId();
  const fault = draft.faults.price;
  const set = (to: Price) => draft.set("price", to);
  const isOne = price.type === "fixed" || price.type === "hourly";
  const isBetween = price.type === "from_to";
  const isKnown = price.type !== "on_request";
  const kinds = Object.entries(w.services.kinds) as [Price["type"], string][];
  /** The amounts stay while the user looks at a price on request. */
  const last = useRef(price);
  if (isKnown) last.current = price;
  const choose = (type: Price["type"]) => set(type === last.current.type ? last.current : ofKind(last.current, type, currency));
  return (
    <div class="price-field">
      <div class="field">
        <label for={id}>{w.services.price}</label>
        <select id={id} value={price.type} onChange={(event) => choose(event.currentTarget.value as Price["type"])}>
          {kinds.map(([kind, label]) => (
            <option key={kind} value={kind}>
              {label}
            </option>
          ))}
        </select>
      </div>
      {isOne && (
        <Amount
          label={w.services.amount}
          minor={price.amount_minor}
          currency={price.currency}
          onChange={(amount_minor) => set({ ...price, amount_minor })}
        />
      )}
      {isBetween && (
        <>
          <Amount
            label={w.services.least}
            minor={price.from_minor}
            currency={price.currency}
            onChange={(from_minor) => set({ ...price, from_minor })}
          />
          <Amount
            label={w.services.most}
            minor={price.to_minor}
            currency={price.currency}
            fault={fault}
            onChange={(to_minor) => set({ ...price, to_minor })}
          />
        </>
      )}
      {isKnown && (
        <div class="field">
          <label for={`${id}-currency`}>{w.services.currency}</label>
          <select id={`${id}-currency`} value={price.currency} onChange={(event) => set(inCurrency(price, event.currentTarget.value))}>
            {(currencies.includes(price.currency) ? currencies : [price.currency, ...currencies]).map((code) => (
              <option key={code} value={code}>
                {`${code} · ${names.of(code) ?? code}`}
              </option>
            ))}
          </select>
        </div>
      )}
    </div>
  );
}

function Amount(props: { label: string; minor: number; currency: string; fault?: string | undefined; onChange: (minor: number) => void }) {
  const { label, minor, currency, fault, onChange } = props;
  const id = useId();
  const shown = written(minor, currency);
  /** The text while it is typed; null when the stored value is shown. */
  const [text, setText] = useState<string | null>(null);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        inputMode="decimal"
        autocomplete="off"
        value={text ?? shown}
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-fault`}
        onInput={(event) => {
          setText(event.currentTarget.value);
          const typed = minorOf(event.currentTarget.value, currency);
          if (typed !== null) onChange(typed);
        }}
        onBlur={() => setText(null)}
      />
      <p id={`${id}-fault`} class="error" role="alert">
        {fault ?? ""}
      </p>
    </div>
  );
}

/** An empty text means no amount yet; null for a text that is no amount: the amount before it stays. */
function minorOf(text: string, currency: string): number | null {
  const minor = read(text, currency);
  return minor === "bad" ? null : Math.min(minor ?? 0, MINOR_MAX);
}
