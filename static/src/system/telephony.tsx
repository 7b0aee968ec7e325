// The telephone switches that Cordboard is connected to, or tries to be.
import type { Switch } from "../api/model";

/** A row for each switch, with what is wrong with it. */
export function Telephony({ switches }: { switches: Switch[] }) {
  return (
    <section class="sheet" aria-labelledby="switches">
      <div class="head">
        <h2 id="switches">Switches</h2>
      </div>
      {switches.length === 0 ? (
        <div class="body">
          <p class="muted">None is configured (asterisk.servers, freeswitch.servers).</p>
        </div>
      ) : (
        <table aria-labelledby="switches">
          <thead>
            <tr>
              <th scope="col">Switch</th>
              <th scope="col">State</th>
              <th scope="col">Our calls</th>
              <th scope="col">Channels</th>
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
                  {one.is_connected ? "Connected" : <strong>Not connected</strong>}
                  {one.fault && <span class="meta">: {one.fault}</span>}
                  {one.dialplan_refused && (
                    <p class="error">
                      Its dialplan brings a wrong token: {one.dialplan_refused.requests} requests refused. Set CORDBOARD_TOKEN there.
                    </p>
                  )}
                </td>
                <td class="figure">{one.calls}</td>
                <td class="figure">{one.channels ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
