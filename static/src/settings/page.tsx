// `/settings`: the organization, who is notified of what, and how the pages look and sound in this browser.
import { change } from "../api/client";
import { may, me } from "../api/me";
import type { Page, Profile, Setting } from "../api/model";
import { OrganizationChange } from "../api/rules";
import type { components } from "../api/types";
import { useBusiness } from "../app/business";
import { RecordForm, TextField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { number } from "../app/language";
import { useLoaded } from "../app/load";
import { Failed, Heading, Skeleton } from "../app/parts";
import { roomAt } from "../app/rooms";
import { tell } from "../app/toasts";
import { w } from "../app/words";
import { ZoneNote } from "../app/zone-note";
import { Ruled } from "../house/parts";
import { Scorecard } from "../quality/settings";
import { AlarmRules } from "./alarms";
import { Keys, Look } from "./browser";
import { FirstSteps } from "./first-steps";
import { Kept } from "./kept";
import { Notices } from "./notices";
import { Sound } from "./sound";
import { Supervision } from "./supervision";
import { t } from "./words";

type Organization = components["schemas"]["OrganizationView"];

/** The page. */
export default function SettingsPage() {
  return (
    <div class="house-page settings-page">
      <div class="intro">
        <Heading title={w.rooms.settings}>{w.rooms.settings}</Heading>
        <p class="soft">{t.intro}</p>
        <ZoneNote />
      </div>
      <div class="block">
        <p class="caps">{t.house}</p>
        <TheOrganization />
        {may("business_write") && <FirstSteps />}
        {may("profiles_read") && <Recording />}
        {may("business_read") && <Kept />}
        {may("calls_read") && <Supervision />}
        {may("calls_supervise") && <AlarmRules />}
        {may("calls_supervise") && <Scorecard />}
        {may("integrations_read") && <Notices />}
      </div>
      <div class="block">
        <p class="caps">{t.browser}</p>
        <Look />
        <Keys />
        <Sound />
      </div>
    </div>
  );
}

function TheOrganization() {
  const organization = useLoaded<Organization>("/api/v1/organization", ["organization"]);
  const business = useBusiness();
  const { value } = organization;
  const zone = business.value?.time_zone;
  return (
    <Ruled title={t.organization} text={t.organizationText}>
      {organization.fault !== "" && <Failed message={organization.fault} onRetry={() => void organization.again()} />}
      {business.fault !== "" && <Failed message={business.fault} onRetry={() => void business.again()} />}
      {!value && organization.fault === "" && <Skeleton rows={2} />}
      {value && may("business_write") && <NameForm key={value.id} value={value} />}
      {value && (
        <dl class="facts">
          {!may("business_write") && (
            <div>
              <dt>{t.name}</dt>
              <dd>{value.name}</dd>
            </div>
          )}
          {zone !== undefined && (
            <div>
              <dt>{t.zone}</dt>
              <dd>
                {zone}{" "}
                <span class="meta">{roomAt("/business") ? <a href="/business">{t.zoneFrom}</a> : t.zoneFrom}</span>
              </dd>
            </div>
          )}
        </dl>
      )}
    </Ruled>
  );
}

function NameForm({ value }: { value: Organization }) {
  const draft = useDraft<{ name: string }>({
    value: { name: value.name },
    rules: OrganizationChange,
    follows: true,
    send: async (body) => {
      const changed = await change<Organization>("PUT", "/api/v1/organization", body);
      if (changed && me.value) me.value = { ...me.value, organization: changed };
    },
  });
  return (
    <div class={draft.isChanged ? "edit changed" : "edit"}>
      <RecordForm draft={draft} label={t.organization} onSaved={() => tell(t.nameSaved)}>
        <TextField draft={draft} name="name" label={t.name} />
      </RecordForm>
    </div>
  );
}

/** Recording, and its notice to callers: shown here, set in the profiles and in the configuration. */
function Recording() {
  const profiles = useLoaded<Page<Profile>>("/api/v1/agent-profiles");
  const settings = useLoaded<Page<Setting>>(may("installation") ? "/api/v1/admin/config" : null);
  const of = (name: string) => settings.value?.items.find((setting) => setting.name === name)?.value;
  const seconds = Number(of("calls.max_duration_s"));
  return (
    <Ruled title={t.recording} text={t.recordingText}>
      {profiles.fault !== "" && <Failed message={profiles.fault} onRetry={() => void profiles.again()} />}
      {settings.fault !== "" && <Failed message={settings.fault} onRetry={() => void settings.again()} />}
      {!profiles.value && profiles.fault === "" && <Skeleton rows={2} />}
      <dl class="facts">
        {profiles.value?.items.map((profile) => (
          <div key={profile.id}>
            <dt>
              {roomAt(`/studio/${profile.id}`) ? (
                <a href={`/studio/${profile.id}`}>{t.notice(profile.name)}</a>
              ) : (
                t.notice(profile.name)
              )}
            </dt>
            <dd dir="auto">{profile.notice || t.noNotice}</dd>
          </div>
        ))}
        {settings.value && (
          <>
            <div>
              <dt>{t.people}</dt>
              <dd>{of("asterisk.record_people") === "true" ? t.peopleOn : t.peopleOff}</dd>
            </div>
            {seconds > 0 && (
              <div>
                <dt>{t.maxLength}</dt>
                <dd>{t.minutes(number(Math.round(seconds / 60)))}</dd>
              </div>
            )}
          </>
        )}
      </dl>
      {settings.value && <p class="hint">{t.byConfiguration}</p>}
    </Ruled>
  );
}
