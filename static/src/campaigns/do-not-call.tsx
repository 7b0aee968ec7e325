// The do-not-call list for all campaigns: each number with who added it, and the evidence.
import { useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { Suppression } from "../api/model";
import { SuppressionBody } from "../api/rules";
import { RecordForm, TextArea, TextField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { Earlier, Further } from "../app/further";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { useList } from "../app/load";
import { Confirm, Failed, Skeleton, When } from "../app/parts";
import { RowAct } from "../app/row-act";
import { tell } from "../app/toasts";
import { Empty, Find, Sheet } from "../people/parts";
import { numberIn } from "../words/phone";
import { w } from "./words";

/** Numbers per request. */
const NUMBERS = 100;

/** The tab. */
export function DoNotCall() {
  const [typed, setTyped] = useState("");
  const [adds, setAdds] = useState(false);
  const [leaving, setLeaving] = useState<Suppression | null>(null);
  const number = numberIn(typed);
  const isPart = typed !== "" && number === null;
  const list = useList<Suppression>(
    isPart ? null : `/api/v1/suppressions?limit=${NUMBERS}${number === null ? "" : `&number=${encodeURIComponent(number)}`}`,
    ["suppression"],
  );
  useKeptFocus(list.items?.length, ".campaigns-page .tab-content:not([hidden]) .btn");
  const takesOff = may("business_write") === true;
  const remove = async (one: Suppression) => {
    try {
      await change("DELETE", `/api/v1/suppressions/${encodeURIComponent(one.number)}`);
      tell(w.doNotCall.removed(one.number));
      list.change((items) => items.filter((other) => other.number !== one.number));
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  const isBare = list.items?.length === 0 && typed === "";
  const add = may("leads_write") === true && (
    <button type="button" class="btn primary" onClick={() => setAdds(true)}>
      <Icon name="add" />
      {w.doNotCall.add}
    </button>
  );
  return (
    <>
      {!isBare && (
        <>
          <div class="tab-top">
            <p class="read">{w.doNotCall.lede}</p>
            {add}
          </div>
          <search class="finds">
            <Find label={w.find} placeholder={w.findHint} value={typed} onFind={setTyped} />
          </search>
        </>
      )}
      {isPart && <p class="muted">{w.wholeNumber}</p>}
      {!isPart && list.items === null && list.fault === "" && <Skeleton rows={6} />}
      {isBare && (
        <Empty icon="end" title={w.doNotCall.none} acts={add || undefined}>
          {w.doNotCall.noneText}
        </Empty>
      )}
      {!isPart && list.items?.length === 0 && !isBare && <p class="muted">{w.doNotCall.notOn}</p>}
      {!isPart && list.items !== null && list.items.length > 0 && (
        <>
          <Earlier list={list} />
          <div class="sheet">
            <table class="table stacks">
              <caption class="hidden">{w.doNotCall.title}</caption>
              <thead>
                <tr>
                  <th scope="col">{w.number}</th>
                  <th scope="col">{w.doNotCall.source}</th>
                  <th scope="col">{w.doNotCall.evidence}</th>
                  <th scope="col">{w.doNotCall.since}</th>
                  {takesOff && (
                    <th scope="col">
                      <span class="hidden">{w.doNotCall.remove}</span>
                    </th>
                  )}
                </tr>
              </thead>
              <tbody>
                {list.items.map((one) => (
                  <tr key={one.number}>
                    <th scope="row" class="n">
                      <bdi>{one.number}</bdi>
                      {one.is_unreadable && <span class="meta"> {w.unreadableNumber}</span>}
                    </th>
                    <td data-label={w.doNotCall.source}>
                      {w.doNotCall.sources[one.source]}
                      {one.call_id !== null && may("calls_read") && (
                        <>
                          {", "}
                          <a class="tap" href={`/calls/${one.call_id}`}>
                            {w.theCall}
                          </a>
                        </>
                      )}
                    </td>
                    <td dir="auto">{one.evidence}</td>
                    <td data-label={w.doNotCall.since}>
                      <When at={one.created_at} />
                    </td>
                    {takesOff && (
                      <td class="acts">
                        <RowAct icon="remove" name={w.doNotCall.removeOne(one.number)} onClick={() => setLeaving(one)} />
                      </td>
                    )}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <Further list={list} of={w.doNotCall.title} />
        </>
      )}
      {list.fault !== "" && <Failed message={list.fault} onRetry={() => void list.again()} />}
      {adds && (
        <Add
          onAdded={() => {
            setAdds(false);
            void list.renew();
          }}
          onClose={() => setAdds(false)}
        />
      )}
      {leaving && (
        <Confirm
          title={w.doNotCall.removeAsk(leaving.number)}
          text={w.doNotCall.removeText}
          verb={w.doNotCall.remove}
          onClose={() => setLeaving(null)}
          onYes={() => void remove(leaving)}
        />
      )}
    </>
  );
}

function Add({ onAdded, onClose }: { onAdded: () => void; onClose: () => void }) {
  const draft = useDraft({
    value: { number: "", evidence: "" },
    rules: { number: SuppressionBody.number, evidence: SuppressionBody.evidence },
    send: ({ number, evidence }) => change("POST", "/api/v1/suppressions", { number: number.trim(), evidence }),
  });
  return (
    <Sheet title={w.doNotCall.add} onClose={onClose}>
      <RecordForm
        draft={draft}
        label={w.doNotCall.add}
        verb={w.doNotCall.put}
        onCancel={onClose}
        onSaved={() => {
          tell(w.doNotCall.added);
          onAdded();
        }}
      >
        <TextField draft={draft} name="number" label={w.number} type="tel" hint={w.numberHint} />
        <TextArea draft={draft} name="evidence" label={w.doNotCall.evidence} rows={3} hint={w.doNotCall.evidenceHint} />
      </RecordForm>
    </Sheet>
  );
}
