// The recipients of notices, by e-mail and by text message.
import { Problem } from "../api/client";
import { may } from "../api/me";
import type { NoticeSettings } from "../api/model";
import { ListField, RecordForm } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { putOver } from "../app/form/revised";
import type { Rules } from "../app/form/rules";
import { Icon } from "../app/icons";
import { listed } from "../app/language";
import { type Loaded, useLoaded } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { tell } from "../app/toasts";
import { DeliveryLog } from "../house/deliveries";
import { Ruled } from "../house/parts";
import { numberIn } from "../words/phone";
import { t } from "./words";

type Kind = keyof NoticeSettings & keyof typeof t.kinds;
type Way = "email" | "sms";
type Flat = Record<`${Kind}_${Way}`, string[]>;

const KINDS = Object.keys(t.kinds) as Kind[];
const PATH = "/api/v1/notices";
const MOST = 10;

const rules = Object.fromEntries(
  KINDS.flatMap((kind) => [
    [`${kind}_email`, { maxItems: MOST }],
    [`${kind}_sms`, { maxItems: MOST }],
  ]),
) as Rules;

/** The section of the page. */
export function Notices() {
  const notices = useLoaded<NoticeSettings>(PATH, ["notices"]);
  const { value } = notices;
  return (
    <Ruled title={t.notices} text={t.noticesText}>
      {notices.fault !== "" && <Failed message={notices.fault} onRetry={() => void notices.again()} />}
      {!value && notices.fault === "" && <Skeleton rows={4} />}
      {value && (may("integrations_write") ? <NoticesForm loaded={notices} value={value} /> : <NoticesRead value={value} />)}
      <details class="wide">
        <summary class="open">
          <Icon name="next" size="small" />
          {t.told}
        </summary>
        <DeliveryLog path="/api/v1/notices/deliveries" none={t.toldNone} />
      </details>
    </Ruled>
  );
}

function flat(value: NoticeSettings): Flat {
  return Object.fromEntries(
    KINDS.flatMap((kind) => [
      [`${kind}_email`, value[kind].email],
      [`${kind}_sms`, value[kind].sms],
    ]),
  ) as Flat;
}

function NoticesForm({ loaded, value }: { loaded: Loaded<NoticeSettings>; value: NoticeSettings }) {
  const filled = (texts: string[]) => texts.map((text) => text.trim()).filter((text) => text !== "");
  const draft = useDraft<Flat>({
    value: flat(value),
    rules,
    follows: true,
    send: async (given) => {
      const body = Object.fromEntries(
        KINDS.map((kind) => [kind, { email: filled(given[`${kind}_email`]), sms: filled(given[`${kind}_sms`]).map((text) => numberIn(text) ?? text) }]),
      );
      try {
        await putOver(PATH, loaded, body);
      } catch (fault) {
        throw byWay(fault);
      }
    },
  });
  return (
    <div class={draft.isChanged ? "edit changed" : "edit"}>
      <RecordForm draft={draft} label={t.notices} onSaved={() => tell(t.noticesSaved)}>
        {KINDS.map((kind) => {
          const { name, text } = t.kinds[kind];
          return (
            <section key={kind} class="kind" aria-label={name}>
              <div class="what">
                <h3>{name}</h3>
                <p class="meta">{text}</p>
              </div>
              <ListField
                draft={draft}
                name={`${kind}_email`}
                label={t.emails}
                add={t.addEmail}
                item={(n) => t.emailOf(name, n)}
              />
              <ListField draft={draft} name={`${kind}_sms`} label={t.numbers} add={t.addNumber} item={(n) => t.numberOf(name, n)} />
            </section>
          );
        })}
      </RecordForm>
    </div>
  );
}

/** The server names only the kind; which of its two lists is meant follows from the rule, because its text is in the language of the page. */
function byWay(fault: unknown): unknown {
  if (!(fault instanceof Problem)) return fault;
  const faults = fault.faults.map(({ field, reason, code }) => ({ field: code === "email" ? `${field}_email` : `${field}_sms`, reason }));
  return new Problem(fault.status, fault.message, fault.retryAfterS, fault.code, faults);
}

function NoticesRead({ value }: { value: NoticeSettings }) {
  return (
    <dl class="facts">
      {KINDS.map((kind) => (
        <div key={kind}>
          <dt>{t.kinds[kind].name}</dt>
          <dd>{listed([...value[kind].email, ...value[kind].sms]) || t.nobody}</dd>
        </div>
      ))}
    </dl>
  );
}
