// The form of a contact link, and a trial with an example of what the service sends.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { change, sentence, worded } from "../api/client";
import type { Campaign, ContactLink, ContactTrial, MadeContactLink } from "../api/model";
import { RecordForm, TextArea, TextField } from "../app/form/fields";
import { type Faults, faultsOf, useDraft } from "../app/form/record";
import { putInPlaceOf } from "../app/form/revised";
import { number } from "../app/language";
import { bodyOf, byField, mappingOf, RULES, type Written, writtenOf } from "./link-draft";
import { variablesIn } from "./variables";
import { w } from "./words";

const PATHS = ["number", "person", "zone", "consent", "contacts"] as const;

/** The form of a link, or of a new one. `onSaved` gets the address of a new link; `onStale` reloads the link when somebody else has changed it. */
export function LinkForm(props: {
  campaign: Campaign;
  link: ContactLink | null;
  onSaved: (made: MadeContactLink | null) => void;
  onStale: () => void;
  onCancel: () => void;
}) {
  const { campaign, link, onSaved, onStale, onCancel } = props;
  const made = useRef<MadeContactLink | null>(null);
  const path = `/api/v1/campaigns/${campaign.id}/contact-links`;
  const draft = useDraft<Written>({
    value: writtenOf(link),
    rules: RULES,
    follows: true,
    check: ({ variables }): Faults => (variablesIn(variables) === null ? { variables: w.badVariables } : {}),
    send: async (written) => {
      const body = bodyOf(written, link);
      try {
        if (link === null) made.current = (await change<MadeContactLink>("POST", path, body)) ?? null;
        else await putInPlaceOf<ContactLink>(`${path}/${link.id}`, link, body, onStale);
      } catch (fault) {
        throw byField(fault);
      }
    },
  });
  useEffect(() => draft.form.current?.querySelector<HTMLElement>("input")?.focus(), []);
  const verb = link === null ? w.links.make : undefined;
  return (
    <RecordForm draft={draft} label={link === null ? w.links.add : w.links.edit(link.name)} {...(verb === undefined ? {} : { verb })} onCancel={onCancel} onSaved={() => onSaved(made.current)}>
      <TextField draft={draft} name="name" label={w.name} hint={w.links.nameHint} />
      <TextField draft={draft} name="expires" label={w.links.expires} type="date" hint={w.links.expiresHint} />
      <fieldset class="link-paths">
        <legend>{w.links.where}</legend>
        <p class="hint">{w.links.whereHint}</p>
        {PATHS.map((name) => (
          <TextField key={name} draft={draft} name={name} label={w.links.paths[name]} />
        ))}
        <TextField draft={draft} name="country_code" label={w.countryCode} hint={w.countryCodeHint} />
      </fieldset>
      <TextField draft={draft} name="evidence" label={w.links.evidence} hint={w.links.evidenceHint} />
      <TextArea draft={draft} name="variables" label={w.variablesOf} rows={2} hint={w.links.variablesHint} />
      <TextField draft={draft} name="signature_header" label={w.links.header} hint={w.links.headerHint} />
      <Trial campaign={campaign} written={draft.value} />
    </RecordForm>
  );
}

/** An example body, and who would be added with the mapping in the form. */
function Trial({ campaign, written }: { campaign: Campaign; written: Written }) {
  const id = useId();
  const [body, setBody] = useState("");
  const [found, setFound] = useState<ContactTrial["contacts"] | null>(null);
  const [leftOut, setLeftOut] = useState(0);
  const [fault, setFault] = useState("");
  const look = async () => {
    // JSON begins with these characters, form data never does.
    const kind = /^\s*[[{"]/.test(body) ? "json" : "form";
    try {
      const seen = await change<ContactTrial>("POST", `/api/v1/campaigns/${campaign.id}/contact-trial`, { body: body.trim(), kind, mapping: mappingOf(written) });
      const contacts = (seen?.contacts ?? []).map(async (one) => {
        const errors = await Promise.all(one.errors.map(worded));
        return { ...one, errors, warnings: await Promise.all(one.warnings.map(worded)) };
      });
      setFound(await Promise.all(contacts));
      setLeftOut(seen?.left_out ?? 0);
      setFault("");
    } catch (error) {
      setFound(null);
      setFault(Object.values(faultsOf(byField(error), { ...RULES, body: {} })).join(" "));
    }
  };
  return (
    <div class="link-trial">
      <div class="field">
        <label for={id}>{w.links.example}</label>
        <textarea
          id={id}
          rows={3}
          dir="ltr"
          spellcheck={false}
          value={body}
          aria-invalid={fault !== ""}
          aria-describedby={`${id}-fault ${id}-hint`}
          onInput={(event) => setBody(event.currentTarget.value)}
        />
        <p id={`${id}-fault`} class="error" role="alert">
          {fault}
        </p>
        <p id={`${id}-hint`} class="hint">
          {w.links.exampleHint}
        </p>
      </div>
      <button type="button" class="btn" onClick={() => void look()}>
        {w.links.tryIt}
      </button>
      <div role="status">
        {found && (
          <ul class="rows">
            {found.map(({ number, zone, consent, variables, errors, warnings }, at) => (
              <li key={at}>
                <p>
                  <strong>
                    <bdi>{number === "" ? w.links.noNumber : number}</bdi>
                  </strong>{" "}
                  {errors.length === 0 ? w.links.would : errors.map((one) => sentence(`${one.field} ${one.reason}`)).join(" ")}
                </p>
                {warnings.length > 0 && (
                  <p class="meta">
                    {warnings.map((one) => sentence(`${one.field} ${one.reason}`)).join(" ")} {w.links.without}
                  </p>
                )}
                <dl class="facts">
                  {[...Object.entries(variables), [w.zone, zone] as const, [w.consent, consent] as const]
                    .filter(([, said]) => said !== "")
                    .map(([what, said]) => (
                      <div key={what}>
                        <dt>{what}</dt>
                        <dd dir="auto">{said}</dd>
                      </div>
                    ))}
                </dl>
              </li>
            ))}
          </ul>
        )}
        {found && leftOut > 0 && <p class="meta">{w.some(number(leftOut), w.filter.leftOut)}</p>}
      </div>
    </div>
  );
}
