// The health of a voice provider: whether chains use it, and figures of the last day.
import type { VoiceHealth } from "../api/model";
import { number } from "../app/language";
import { When } from "../app/parts";
import { money } from "../words/call";
import { t } from "./words";

/** The health of one provider; empty if it served no call and nothing is wrong. */
export function Health({ of }: { of: VoiceHealth }) {
  const isQuiet = of.calls === 0 && of.circuit === "closed";
  if (isQuiet) return null;
  const ms = (value: number | null) => (value === null ? t.health.unknown : t.took(number(value)));
  return (
    <dl class="facts">
      <div>
        <dt>{t.health.circuit}</dt>
        <dd>
          {t.health.circuits[of.circuit]}
          {of.open_until !== null && (
            <>
              {" "}
              <When at={of.open_until} />
            </>
          )}
        </dd>
      </div>
      <div>
        <dt>{t.health.calls}</dt>
        <dd>{t.health.share(number(of.calls), number(of.share_percent))}</dd>
      </div>
      <div>
        <dt>{t.health.reply}</dt>
        <dd>{t.health.replies(ms(of.reply_p50_ms), ms(of.reply_p95_ms))}</dd>
      </div>
      <div>
        <dt>{t.health.cost}</dt>
        <dd>{of.cost_per_minute_micros === null ? t.health.unknown : money(of.cost_per_minute_micros, of.currency)}</dd>
      </div>
    </dl>
  );
}
