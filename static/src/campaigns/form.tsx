// Creating or changing a campaign: who talks, over which line, how fast, when and how often.
import { useLayoutEffect } from "preact/hooks";
import { change } from "../api/client";
import { may } from "../api/me";
import type { Campaign, Disposition, Page, Profile, Queue, Switch } from "../api/model";
import { LeverField, NumberField, RecordForm, SelectField, TextArea, TextField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { putInPlaceOf } from "../app/form/revised";
import { Icon } from "../app/icons";
import { useLoaded } from "../app/load";
import { Sheet } from "../people/parts";
import { CallerIdField } from "./caller-id-field";
import { CountryRules } from "./country-rules";
import { FilterField } from "./filter-field";
import { nameOf, WEEK } from "./hours";
import { byField, corrected, faultsIn, type Fields, fieldsOf, hasAgents, isShown, rules, settingsOf, TRIED_AGAIN } from "./settings";
import { w } from "./words";

/** A choice that includes the stored value, even if it is no longer offered. */
function choices(names: string[], chosen: string | null): { value: string; label: string }[] {
  const all = chosen === null || names.includes(chosen) ? names : [...names, chosen];
  return all.map((name) => ({ value: name, label: name }));
}

/** The same for things with an id; null until they are loaded. */
function named(all: { id: string; name: string }[] | null, chosen: string | null): { value: string; label: string }[] {
  const known = (all ?? []).map(({ id, name }) => ({ value: id, label: name }));
  if (chosen === null || known.some(({ value }) => value === chosen)) return known;
  return [...known, { value: chosen, label: all === null ? "…" : w.removedDisposition }];
}

/** The dialog, for a new campaign if none is given. `onStale` reloads the campaign when somebody else has changed it. */
export function CampaignForm(props: { campaign: Campaign | null; onSaved: (campaign: Campaign) => void; onStale?: () => void; onClose: () => void }) {
  const { campaign, onSaved, onStale, onClose } = props;
  const profiles = useLoaded<Page<Profile>>(may("profiles_read") ? "/api/v1/agent-profiles?limit=200" : null);
  const switches = useLoaded<Page<Switch>>(may("installation") ? "/api/v1/switches" : null);
  const queues = useLoaded<Page<Queue>>(may("floor_read") ? "/api/v1/queues?limit=200" : null);
  const dispositions = useLoaded<Page<Disposition>>(may("floor_read") ? "/api/v1/dispositions" : null);
  const draft = useDraft<Fields>({
    value: fieldsOf(campaign),
    follows: true,
    rules,
    check: faultsIn,
    send: async (fields) => {
      const body = { name: fields.name.trim(), settings: settingsOf(fields) };
      const sent = campaign
        ? putInPlaceOf<Campaign>(`/api/v1/campaigns/${campaign.id}`, campaign, body, () => onStale?.())
        : change<Campaign>("POST", "/api/v1/campaigns", body);
      const saved = await sent.catch((fault: unknown) => {
        throw byField(fault);
      });
      if (saved) onSaved(saved);
    },
  });
  const { value, faults } = draft;
  // As soon as a field is hidden, a wrong value in it is gone. Otherwise the form would not be sent, and could not show why.
  useLayoutEffect(() => {
    const right = corrected(value, fieldsOf(campaign));
    for (const name of Object.keys(right) as (keyof Fields)[]) draft.set(name, right[name] as Fields[typeof name]);
  }, [value]);
  const title = campaign ? w.edit : w.add;
  const lines = switches.value?.items.map(({ name }) => name) ?? [];
  const isByCountry = WEEK.every((day) => value[`day${day}`].trim() === "");
  // A section with a fault is not folded.
  const isWrong = (name: RegExp) => Object.keys(faults).some((field) => name.test(field));
  return (
    <Sheet title={title} onClose={onClose} wide>
      <RecordForm draft={draft} label={title} verb={campaign ? w.save : w.make} onCancel={onClose}>
        <div class="pair">
          <TextField draft={draft} name="name" label={w.name} />
          <SelectField
            draft={draft}
            name="profile"
            label={w.assistant}
            none={w.usualProfile}
            choices={choices(profiles.value?.items.map(({ name }) => name) ?? [], value.profile)}
          />
        </div>
        <div class="pair">
          <SelectField
            draft={draft}
            name="mode"
            label={w.talks}
            choices={(["assistants", "predictive", "preview"] as const).map((mode) => ({ value: mode, label: w.modes[mode] }))}
          />
          {hasAgents(value) && (
            <SelectField
              draft={draft}
              name="queue"
              label={w.queue}
              none={w.noQueue}
              choices={choices(queues.value?.items.map(({ name }) => name) ?? [], value.queue)}
              hint={w.queueHint}
            />
          )}
        </div>
        {hasAgents(value) && (
          <div class="pair">
            <TextArea draft={draft} name="abandoned_message" label={w.abandonedMessage} rows={2} hint={w.abandonedMessageHint} />
            {isShown("abandoned_permille_max", value) && <NumberField draft={draft} name="abandoned_permille_max" label={w.cap} unit="‰" hint={w.capHint} />}
          </div>
        )}
        {isShown("at_once_max", value) && (
          <div class="pair">
            <NumberField draft={draft} name="at_once_max" label={w.atOnce} hint={value.mode === "predictive" ? w.atOnceOfAgents : w.atOnceHint} />
            <NumberField draft={draft} name="per_minute_max" label={w.perMinute} hint={w.perMinuteHint} />
          </div>
        )}
        <TextField draft={draft} name="consent" label={w.consent} hint={w.consentHint} />
        {!hasAgents(value) && <LeverField draft={draft} name="sends_email" label={w.sendsEmail} hint={w.sendsEmailHint} />}
        <FilterField draft={draft} campaign={campaign} />
        <fieldset class="group">
          <legend>{w.comparison.title}</legend>
          <SelectField
            draft={draft}
            name="goal"
            label={w.goal}
            none={w.goalUsual}
            choices={named(dispositions.value?.items ?? null, value.goal)}
            hint={w.goalHint}
          />
          {value.mode === "assistants" && (
            <>
              <LeverField draft={draft} name="has_variant" label={w.hasVariant} hint={w.hasVariantHint} />
              {(value.has_variant || value.version !== null) && (
                <NumberField draft={draft} name="version" label={w.versionOfA} hint={w.versionHint} />
              )}
              {isShown("variant_share", value) && (
                  <div class="pair">
                    <SelectField
                      draft={draft}
                      name="variant_profile"
                      label={w.profileOfB}
                      none={w.sameProfile}
                      choices={choices(profiles.value?.items.map(({ name }) => name) ?? [], value.variant_profile)}
                    />
                    <NumberField draft={draft} name="variant_version" label={w.versionOfB} />
                    <NumberField draft={draft} name="variant_share" label={w.shareOfB} unit="%" step={0.1} />
                  </div>
              )}
            </>
          )}
        </fieldset>
        <fieldset class="group">
          <legend>{w.line}</legend>
          <div class="pair">
            {lines.length > 0 ? (
              <SelectField draft={draft} name="switch" label={w.switch} none={w.usualSwitch} choices={choices(lines, value.switch)} hint={w.switchHint} />
            ) : (
              <TextField draft={draft} name="switch" label={w.switch} hint={w.switchHint} />
            )}
            <TextField draft={draft} name="from" label={w.from} type="tel" hint={w.fromHint} />
          </div>
          <div class="pair">
            <CallerIdField draft={draft} />
            {isShown("caller_id_calls_per_day_max", value) && (
              <NumberField draft={draft} name="caller_id_calls_per_day_max" label={w.callerIds.perDay} hint={w.callerIds.perDayHint} />
            )}
          </div>
          <div class="pair">
            <NumberField draft={draft} name="answer_timeout_s" label={w.rings} unit="s" />
            <SelectField
              draft={draft}
              name="voicemail"
              label={w.voicemail}
              choices={(["hang_up", "leave_message", "talk"] as const).map((what) => ({ value: what, label: w.voicemails[what] }))}
            />
          </div>
          {value.voicemail !== "talk" && (
            <div class="pair">
              <SelectField
                draft={draft}
                name="mailbox_detection"
                label={w.detection}
                choices={(["auto", "line", "own"] as const).map((by) => ({ value: by, label: w.detections[by] }))}
                hint={hasAgents(value) ? w.detectionOfAgents : w.detectionHint}
              />
              {hasAgents(value) && (
                <SelectField
                  draft={draft}
                  name="mailbox_disposition"
                  label={w.mailboxDisposition}
                  none={w.noDisposition}
                  choices={named(dispositions.value?.items ?? null, value.mailbox_disposition)}
                  hint={w.mailboxDispositionHint}
                />
              )}
            </div>
          )}
          {isShown("message", value) && <TextArea draft={draft} name="message" label={w.message} rows={2} />}
        </fieldset>
        <fieldset class="group">
          <legend>{w.hours}</legend>
          <p class="hint">{w.hoursHint}</p>
          <div class="week">
            {WEEK.map((day) => (
              <TextField key={day} draft={draft} name={`day${day}`} label={nameOf(day)} placeholder={isByCountry ? w.byCountry : w.noCalls} />
            ))}
          </div>
          <TextField draft={draft} name="days_off" label={w.daysOff} hint={w.daysOffHint} />
          <TextField draft={draft} name="assumed_zones" label={w.assumedZones} hint={w.assumedZonesHint} />
          <CountryRules />
        </fieldset>
        <fieldset class="group">
          <legend>{w.tries}</legend>
          <NumberField draft={draft} name="tries_max" label={w.triesMax} />
          <LeverField draft={draft} name="best_hour" label={w.bestHour} hint={w.bestHourHint} />
          <details open={isWrong(/_(tries|pause|growth)$/)}>
            <summary class="open">
              <Icon name="next" size="small" />
              {w.triesByOutcome}
            </summary>
            <p class="hint">{w.triesHint}</p>
            {TRIED_AGAIN.map((outcome) => (
              <fieldset key={outcome} class="retry">
                <legend>{w.outcomes[outcome]}</legend>
                <NumberField draft={draft} name={`${outcome}_tries`} label={w.triesOf} />
                <NumberField draft={draft} name={`${outcome}_pause`} label={w.pauseOf} unit={w.minutes} />
                <NumberField draft={draft} name={`${outcome}_growth`} label={w.growthOf} unit="%" />
              </fieldset>
            ))}
          </details>
        </fieldset>
      </RecordForm>
    </Sheet>
  );
}
