// How good the connections of a call were, where what carried them could measure that.
import type { ComponentChildren } from "preact";
import { number } from "../app/language";
import type { Measured } from "./fold";
import { w } from "./words";

/** More packets lost than this share is heard. */
const HEARD_LOSS = 0.05;

/** A row a connection; nothing where none was measured. */
export function Quality({ measured }: { measured: Measured[] }) {
  if (measured.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="quality">
      <div class="top">
        <h2 id="quality">{w.quality.title}</h2>
      </div>
      {measured.map(({ seq, isCaller, quality }) => {
        const sent = quality.packets_in + quality.packets_lost_in;
        const lost = sent === 0 ? 0 : quality.packets_lost_in / sent;
        return (
          <dl key={seq} class="facts">
            <Row name={w.quality.whose}>{isCaller ? w.by.caller : w.people.agent}</Row>
            <Row name={w.quality.lost}>
              {w.quality.percent(percent(lost))}
              {lost > HEARD_LOSS && <span class="meta">{w.quality.heard}</span>}
            </Row>
            {quality.lost_out_permille !== null && <Row name={w.quality.lostOut}>{w.quality.percent(percent(quality.lost_out_permille / 1_000))}</Row>}
            <Row name={w.quality.concealed}>{w.quality.ms(number(quality.concealed_ms))}</Row>
            <Row name={w.quality.jitter}>{w.quality.ms(number(quality.jitter_ms_max))}</Row>
            {quality.round_trip_ms !== null && <Row name={w.quality.roundTrip}>{w.quality.ms(number(quality.round_trip_ms))}</Row>}
            <Row name={w.quality.rate}>{w.quality.kbps(number(quality.kbps_in), number(quality.kbps_out))}</Row>
          </dl>
        );
      })}
    </section>
  );
}

const percent = (share: number) => number(Math.round(share * 1_000) / 10);

function Row({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="figure">{children}</dd>
    </div>
  );
}
