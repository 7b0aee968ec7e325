// Erasing everything about a person: what is there, a confirmation by their name, and the progress.
import { useEffect, useRef } from "preact/hooks";
import { change, get, Problem } from "../api/client";
import type { Customer, Erasure } from "../api/model";
import { asSeen } from "../app/as-seen";
import { Dialog } from "../app/dialog";
import { RecordForm, TextField } from "../app/form/fields";
import { type Faults, useDraft } from "../app/form/record";
import { number } from "../app/language";
import { useLoaded } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { w as common } from "../app/words";
import { called } from "../people/parts";
import { w } from "./words";

/** Milliseconds between two looks at the progress. Another server of the installation may do the work, whose changes do not reach this page. */
const PROGRESS_MS = 2_000;

const KINDS = ["calls", "recordings", "leads", "appointments", "messages", "callbacks", "contacts", "attempts"] as const;

/** The dialog. `onErased`: nothing is left of the customer. */
export function ErasureDialog({ customer, onClose, onErased }: { customer: Customer; onClose: () => void; onErased: () => void }) {
  const path = `/api/v1/customers/${customer.id}/erasure`;
  const { value: erasure, fault, again, show } = useLoaded<Erasure>(path);
  const isUnderWay = erasure !== null && erasure.erasing_since !== null;
  return (
    <Dialog title={w.erasure.title(called(customer))} onClose={onClose}>
      {!erasure && fault === "" && <Skeleton rows={6} />}
      {!erasure && fault !== "" && <Failed message={fault} onRetry={() => void again()} />}
      {erasure && !isUnderWay && <Confirmation customer={customer} erasure={erasure} path={path} onBegun={show} onClose={onClose} />}
      {erasure && isUnderWay && <Progress erasure={erasure} path={path} onProgress={show} onErased={onErased} onClose={onClose} />}
    </Dialog>
  );
}

function Confirmation(props: { customer: Customer; erasure: Erasure; path: string; onBegun: (now: Erasure) => void; onClose: () => void }) {
  const { customer, erasure, path, onBegun, onClose } = props;
  const confirmed = customer.name || (customer.phone ?? customer.other_numbers[0] ?? customer.email);
  const draft = useDraft<{ name: string }>({
    value: { name: "" },
    rules: { name: {} },
    guards: false,
    check: (typed): Faults => (asSeen(typed.name) === asSeen(confirmed) ? {} : { name: w.erasure.otherName }),
    send: async () => {
      const now = await change<Erasure>("POST", path, { name: confirmed });
      if (now) onBegun(now);
    },
  });
  return (
    <RecordForm draft={draft} verb={w.erasure.verb} deletes onCancel={onClose}>
      <p>{w.erasure.text}</p>
      <dl class="facts">
        {KINDS.map((kind) => (
          <div key={kind}>
            <dt>{w.erasure.kinds[kind]}</dt>
            <dd class="n">{number(erasure.left[kind])}</dd>
          </div>
        ))}
      </dl>
      <p>{w.erasure.alsoText}</p>
      <p>{w.erasure.staysText}</p>
      {erasure.live_calls > 0 && <p class="notice warn">{w.erasure.live}</p>}
      <TextField draft={draft} name="name" label={w.erasure.typeName} hint={confirmed} />
    </RecordForm>
  );
}

function Progress(props: { erasure: Erasure; path: string; onProgress: (now: Erasure) => void; onErased: () => void; onClose: () => void }) {
  const { erasure, path, onClose } = props;
  const latest = useRef(props);
  latest.current = props;
  // The button that had the focus is gone.
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => close.current?.focus(), []);
  useEffect(() => {
    let isOver = false;
    const look = async () => {
      try {
        const now = await get<Erasure>(path);
        if (!isOver) latest.current.onProgress(now);
      } catch (fault) {
        // Without an answer, the next look may have one.
        if (isOver || !(fault instanceof Problem) || fault.status !== 404) return;
        isOver = true;
        latest.current.onErased();
      }
    };
    const timer = setInterval(() => void look(), PROGRESS_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [path]);
  const left = KINDS.reduce((sum, kind) => sum + erasure.left[kind], 0);
  return (
    <div class="record">
      <p role="status">
        {w.erasure.underWay} {w.erasure.left(number(left))} {erasure.live_calls > 0 && w.erasure.waits}
      </p>
      <p>{w.erasure.goesOn}</p>
      <div class="acts">
        <button type="button" ref={close} onClick={onClose}>
          {common.act.close}
        </button>
      </div>
    </div>
  );
}
