// The organizations of the installation, and since when one is suspended. The operator can suspend an organization, and resume it.
import { useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import type { InstalledOrganization } from "../api/model";
import { Earlier, Further } from "../app/further";
import { useList } from "../app/load";
import { Confirm, Failed, Skeleton, When } from "../app/parts";
import { tell } from "../app/toasts";
import { w } from "./words";

const PATH = "/api/v1/organizations";

/** A row for each organization; the first one, which can't be suspended, has no button. */
export function Organizations() {
  const list = useList<InstalledOrganization>(PATH);
  const [asked, setAsked] = useState<InstalledOrganization | null>(null);
  const [error, setError] = useState("");
  const isBusy = useRef(false);
  const { items } = list;
  const act = async ({ id, name, suspended_at }: InstalledOrganization) => {
    if (isBusy.current) return;
    isBusy.current = true;
    const suspends = suspended_at === null;
    try {
      const now = await change<InstalledOrganization>("POST", `${PATH}/${id}/${suspends ? "suspend" : "resume"}`);
      if (now) list.change((all) => all.map((one) => (one.id === id ? now : one)));
      setError("");
      tell(suspends ? w.organizations.isSuspended(name) : w.organizations.goesOn(name));
    } catch (fault) {
      setError(messageOf(fault));
    } finally {
      isBusy.current = false;
    }
  };
  return (
    <section class="panel" aria-labelledby="organizations">
      <div class="top">
        <h2 id="organizations">{w.organizations.title}</h2>
      </div>
      {!items && list.fault === "" && <Skeleton rows={2} />}
      <Earlier list={list} />
      {items && (
        <table class="table organizations" aria-labelledby="organizations">
          <thead>
            <tr>
              <th scope="col">{w.organization}</th>
              <th scope="col">{w.state}</th>
              <th scope="col">
                <span class="hidden">{w.organizations.acts}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <Row key={one.id} organization={one} onAct={() => setAsked(one)} />
            ))}
          </tbody>
        </table>
      )}
      {list.fault !== "" && <Failed message={list.fault} onRetry={() => void (items ? list.renew() : list.again())} />}
      {list.fault === "" && <Further list={list} quiet />}
      <p class="error" role="alert">
        {error}
      </p>
      {asked && (
        <Confirm
          title={asked.suspended_at === null ? w.organizations.suspendAsk(asked.name) : w.organizations.resumeAsk(asked.name)}
          text={asked.suspended_at === null ? w.organizations.suspendText : w.organizations.resumeText}
          verb={asked.suspended_at === null ? w.organizations.suspend : w.organizations.resume}
          takes={asked.suspended_at === null ? "something" : "nothing"}
          onClose={() => setAsked(null)}
          onYes={() => void act(asked)}
        />
      )}
    </section>
  );
}

function Row({ organization, onAct }: { organization: InstalledOrganization; onAct: () => void }) {
  const { name, is_first, suspended_at } = organization;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {suspended_at === null ? (
          w.organizations.works
        ) : (
          <>
            <strong>{w.organizations.suspended}</strong>{" "}
            <span class="meta">
              {w.since} <When at={suspended_at} />
            </span>
          </>
        )}
      </td>
      <td class="num">
        {!is_first && (
          <button
            type="button"
            class="btn small"
            aria-label={suspended_at === null ? w.organizations.suspendOne(name) : w.organizations.resumeOne(name)}
            onClick={onAct}
          >
            {suspended_at === null ? w.organizations.suspend : w.organizations.resume}
          </button>
        )}
      </td>
    </tr>
  );
}
