// The telephone switches that Cordboard is connected to, or tries to be.
import type { Switch } from "../api/model";
import { number } from "../app/language";
import { w } from "./words";

/** A row for each switch, with what is wrong with it. */
export function Telephony({ switches }: { switches: Switch[] }) {
  return (
    <section class="panel" aria-labelledby="switches">
      <div class="top">
        <h2 id="switches">{w.switches}</h2>
      </div>
      {switches.length === 0 ? (
        <div class="body">
          <p class="muted">{w.noSwitches}</p>
        </div>
      ) : (
        <table class="table" aria-labelledby="switches">
          <thead>
            <tr>
              <th scope="col">{w.switch}</th>
              <th scope="col">{w.state}</th>
              <th scope="col" class="num">{w.ourCalls}</th>
              <th scope="col" class="num">{w.channels}</th>
            </tr>
          </thead>
          <tbody>
            {switches.map((one) => (
              <tr key={one.name}>
                <th scope="row">
                  {one.name}
                  <span class="meta"> {one.address}</span>
                </th>
                <td>
                  <span class="reached">
                    <span class={one.is_connected ? "lamp on live" : "lamp on bad"} aria-hidden="true" />
                    {one.is_connected ? w.connected : <strong>{w.notConnected}</strong>}
                  </span>
                  {one.fault && <p class="meta">{one.fault}</p>}
                  {one.dialplan_refused && (
                    <p class="error">
                      {w.wrongToken(one.dialplan_refused.requests)}
                    </p>
                  )}
                </td>
                <td class="num">{number(one.calls)}</td>
                <td class="num">{one.channels == null ? "–" : number(one.channels)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
