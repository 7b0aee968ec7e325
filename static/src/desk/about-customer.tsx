// An agent's notes about the party on the line: a new caller, or what colleagues should know about a customer.
import { useId, useRef, useState } from "preact/hooks";
import { change, messageOf, Problem } from "../api/client";
import type { Customer } from "../api/model";
import { useFirstField } from "../app/form/first-field";
import { CustomerNote } from "./customer-note";
import { lookAgain, personOn } from "./people";
import { w as frame } from "../app/words";
import { w } from "./words/parts";

const NAME_LETTERS_MAX = 120;
const EMAIL_LETTERS_MAX = 254;
/** A number by which the same caller is recognized the next time. */
const KNOWN_AGAIN = /^\s*(\+|00)[\d\s\-./()]{6,}$/;

/** The note about a customer, or the form to save a new caller as one. */
export function AboutCustomer({ callId }: { callId: string }) {
  const { value } = personOn(callId).known;
  if (value.state !== "there") return null;
  const { id } = value.customer.customer;
  return id === null ? <NewCaller callId={callId} /> : <CustomerNote key={id} customerId={id} />;
}

/** Saves an unknown caller as a customer; empty if they are known. */
export function NewCaller({ callId }: { callId: string }) {
  const { value } = personOn(callId).known;
  const [isOpen, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  if (value.state !== "there" || value.customer.customer.id !== null) return null;
  const { phone, name } = value.customer.customer;
  if (!KNOWN_AGAIN.test(phone)) {
    return <p class="meta">{w.customer.noNumber}</p>;
  }
  const close = () => {
    setOpen(false);
    requestAnimationFrame(() => opener.current?.focus());
  };
  if (isOpen) return <NewCustomer callId={callId} phone={phone} name={name} onClose={close} />;
  return (
    <p>
      <button ref={opener} type="button" onClick={() => setOpen(true)}>
        {w.customer.saveAs}
      </button>
    </p>
  );
}

function NewCustomer(props: { callId: string; phone: string; name: string; onClose: () => void }) {
  const { callId, phone } = props;
  const [name, setName] = useState(props.name);
  const [email, setEmail] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  useFirstField(form);
  const save = async () => {
    setBusy(true);
    setWrong("");
    try {
      await change<Customer>("POST", "/api/v1/customers", { phone: phone.trim(), name, email });
      lookAgain(callId);
    } catch (fault) {
      // Somebody else has just saved them: they are known now.
      if (fault instanceof Problem && fault.code === "phone_taken") lookAgain(callId);
      else setWrong(fault instanceof Problem && fault.faults.length > 0 ? inWords(fault) : messageOf(fault));
      setBusy(false);
    }
  };
  return (
    <form
      ref={form}
      class="new-customer"
      aria-label={w.customer.newTitle}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void save();
      }}
    >
      <div class="field">
        <label for={`${id}-name`}>{w.customer.name}</label>
        <input
          id={`${id}-name`}
          autocomplete="off"
          maxLength={NAME_LETTERS_MAX}
          aria-describedby={wrong === "" ? undefined : `${id}-wrong`}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </div>
      <div class="field">
        <label for={`${id}-email`}>{w.customer.email}</label>
        <input
          id={`${id}-email`}
          type="email"
          autocomplete="off"
          maxLength={EMAIL_LETTERS_MAX}
          aria-describedby={wrong === "" ? undefined : `${id}-wrong`}
          value={email}
          onInput={(event) => setEmail(event.currentTarget.value)}
        />
      </div>
      {wrong !== "" && (
        <p id={`${id}-wrong`} class="error" role="alert">
          {wrong}
        </p>
      )}
      <p class="answer">
        <button type="submit" class="primary" aria-disabled={isBusy}>
          {frame.act.save}
        </button>
        <button type="button" onClick={props.onClose}>
          {frame.act.cancel}
        </button>
      </p>
    </form>
  );
}

function inWords({ faults }: Problem): string {
  return faults.map(({ field, reason }) => `${w.customer.wrong[field] ?? field} ${reason}.`).join(" ");
}
