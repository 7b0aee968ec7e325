// The agent of a voice that is hosted at ElevenLabs: the choice of the agent, whether the profile's texts replace the agent's own, and creating an
// agent from the profile there.
import { useId, useState } from "preact/hooks";
import { change, messageOf, Problem } from "../api/client";
import { may } from "../api/me";
import type { HostedAgent, Page, WrittenAgent } from "../api/model";
import { Icon } from "../app/icons";
import { useLoaded } from "../app/load";
import { Confirm } from "../app/parts";
import { tell } from "../app/toasts";
import type { Link } from "./chain-check";
import { saysWhich, useStudio } from "./context";
import { Fault, Lever } from "./parts";
import { w } from "./words";

const AGENTS = "/api/v1/integrations/elevenlabs/agents";
/** The choice of an agent that is not in the list. */
const OTHER = " other";

/** The texts for problem codes. */
const FAULTS = new Map<string, string>(Object.entries(w.chain.hosted.faults));

export function HostedAgentOf(props: {
  link: Link;
  name: string;
  faultId: string;
  off: boolean;
  onChange: (to: Partial<Link>) => void;
}) {
  const { link, name, faultId, off, onChange } = props;
  const listed = useLoaded<Page<HostedAgent>>(may("integrations_read") ? AGENTS : null);
  const id = useId();
  const [writesId, setWritesId] = useState(false);
  const agents = listed.value?.items ?? [];
  const isListed = link.agent_id === null || agents.some(({ agent_id }) => agent_id === link.agent_id);
  const byId = writesId || listed.value === null || !isListed;
  return (
    <>
      {listed.value !== null && (
        <select
          aria-label={w.chain.agentOf(name)}
          aria-describedby={faultId}
          disabled={off}
          value={byId ? OTHER : (link.agent_id ?? "")}
          onChange={({ currentTarget }) => {
            const chosen = currentTarget.value;
            setWritesId(chosen === OTHER);
            if (chosen !== OTHER) onChange({ agent_id: chosen || null });
          }}
        >
          <option value="">{w.chain.hosted.usual}</option>
          {agents.map(({ agent_id, name: shown }) => (
            <option key={agent_id} value={agent_id}>
              {shown || agent_id}
            </option>
          ))}
          <option value={OTHER}>{w.chain.hosted.other}</option>
        </select>
      )}
      {byId && (
        <input
          aria-label={listed.value === null ? w.chain.agentOf(name) : w.chain.agent}
          aria-describedby={faultId}
          placeholder={w.chain.agent}
          maxLength={128}
          autocomplete="off"
          disabled={off}
          value={link.agent_id ?? ""}
          onInput={({ currentTarget }) => onChange({ agent_id: currentTarget.value.trim() || null })}
        />
      )}
      <Lever
        label={w.chain.hosted.overrides}
        hint={w.chain.hosted.overridesHint}
        on={link.overrides}
        off={off}
        onChange={(overrides) => onChange({ overrides })}
      />
      {!off && may("integrations_write") && (
        <Writing id={id} link={link} onWritten={(agent_id) => {
          setWritesId(false);
          onChange({ agent_id, overrides: true });
          void listed.again();
        }} />
      )}
    </>
  );
}

/** Creates an agent from the draft at ElevenLabs, or updates the named one to match the draft. */
function Writing({ id, link, onWritten }: { id: string; link: Link; onWritten: (agent: string) => void }) {
  const { id: profile, slot, keeper } = useStudio();
  const [asks, setAsks] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const write = async () => {
    setFault("");
    setBusy(true);
    try {
      // Recent changes are saved first.
      if (keeper.isAhead() && !(await keeper.flush())) throw new Error(w.hear.notSaved);
      const body = { profile_id: profile, ...saysWhich(slot), ...(link.agent_id === null ? {} : { agent_id: link.agent_id }) };
      const written = await change<WrittenAgent>("POST", AGENTS, body);
      if (written) {
        tell(written.is_new ? w.chain.hosted.made : w.chain.hosted.changed);
        onWritten(written.agent_id);
      }
    } catch (problem) {
      setFault((problem instanceof Problem && FAULTS.get(problem.code)) || messageOf(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button
        type="button"
        class="btn small"
        aria-disabled={isBusy}
        aria-describedby={`${id}-write-fault`}
        onClick={() => {
          if (isBusy) return;
          if (link.agent_id === null) void write();
          else setAsks(true);
        }}
      >
        <Icon name={link.agent_id === null ? "add" : "refresh"} />
        {link.agent_id === null ? w.chain.hosted.make : w.chain.hosted.change}
      </button>
      <Fault id={`${id}-write-fault`}>{fault}</Fault>
      {asks && (
        <Confirm
          title={w.chain.hosted.changeTitle}
          text={w.chain.hosted.changeText}
          verb={w.chain.hosted.change}
          onClose={() => setAsks(false)}
          onYes={() => void write()}
        />
      )}
    </>
  );
}
