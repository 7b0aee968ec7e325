// The quality of a call's connections, now or in the past, where their transport can measure it.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get } from "../api/client";
import type { CallConnection, Page } from "../api/model";
import { number } from "../app/language";
import type { Measured } from "./fold";
import { w } from "./words";

type LineQuality = Measured["quality"];

/** A packet loss above this share is audible. */
const HEARD_LOSS = 0.05;
/** How often a live call's connections are measured. */
const LOOK_MS = 2_000;

/** A connection that is up, and the share of packets that it has lost since the last look. */
interface Live {
  connection: CallConnection;
  lostOfLate: number;
}

/** A row for each connection; empty if none is measured. `liveId` is the call's id while it continues. */
export function Quality({ measured, liveId }: { measured: Measured[]; liveId: string | null }) {
  const live = useLive(liveId);
  if (measured.length + live.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="quality">
      <div class="top">
        <h2 id="quality">{w.quality.title}</h2>
      </div>
      {live.map(({ connection: { leg, agent, quality }, lostOfLate }) => (
        <Connection key={`live ${leg}`} isCaller={agent === null} quality={quality}>
          <Row name={w.quality.lostOfLate}>
            {w.quality.percent(percent(lostOfLate))}
            {lostOfLate > HEARD_LOSS && <span class="meta">{w.quality.heard}</span>}
          </Row>
        </Connection>
      ))}
      {measured.map(({ seq, isCaller, quality }) => (
        <Connection key={seq} isCaller={isCaller} quality={quality} />
      ))}
    </section>
  );
}

function Connection({ isCaller, quality, children }: { isCaller: boolean; quality: LineQuality; children?: ComponentChildren }) {
  const lost = lostShare(quality.packets_in, quality.packets_lost_in);
  return (
    <dl class="facts">
      <Row name={w.quality.whose}>{isCaller ? w.by.caller : w.people.agent}</Row>
      {children}
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
}

/** The connections of a live call, polled. */
function useLive(id: string | null): Live[] {
  const [live, setLive] = useState<Live[]>([]);
  useEffect(() => {
    if (id === null) {
      setLive([]);
      return undefined;
    }
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      const page = await get<Page<CallConnection>>(`/api/v1/calls/${id}/connections`).catch(() => null);
      if (isOver) return;
      if (page) setLive((before) => page.items.map((now) => ofLate(before, now)));
      timer = setTimeout(() => void look(), LOOK_MS);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [id]);
  return live;
}

function ofLate(before: Live[], connection: CallConnection): Live {
  const last = before.find((one) => one.connection.leg === connection.leg)?.connection.quality;
  const { packets_in, packets_lost_in } = connection.quality;
  return { connection, lostOfLate: lostShare(packets_in - (last?.packets_in ?? 0), packets_lost_in - (last?.packets_lost_in ?? 0)) };
}

const lostShare = (came: number, lost: number) => (came + lost <= 0 ? 0 : Math.max(0, lost) / (came + lost));

const percent = (share: number) => number(Math.round(share * 1_000) / 10);

function Row({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="figure">{children}</dd>
    </div>
  );
}
