// How people take calls: at which extension, on which device, how many at once, and their skills.
import { useState } from "preact/hooks";
import { may } from "../api/me";
import type { Agent } from "../api/model";
import { AgentBody } from "../api/rules";
import { Dialog } from "../app/dialog";
import { NumberField, RecordForm, SelectField, TextField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { putInPlaceOf } from "../app/form/revised";
import { filled } from "../app/form/rules";
import { Earlier, Further } from "../app/further";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { useList } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { RowAct } from "../app/row-act";
import { tell } from "../app/toasts";
import { Tags } from "./tags";
import { w } from "./words";

/** The tab. */
export function Agents() {
  const list = useList<Agent>("/api/v1/agents", ["agent", "user"]);
  const [edited, setEdited] = useState<Agent | null>(null);
  const edits = may("floor_write") === true;
  const { items } = list;
  /** Their current state while they are edited: somebody else may have changed them since. */
  const now = edited && (items?.find(({ user_id }) => user_id === edited.user_id) ?? edited);
  return (
    <>
      <p class="read">{w.agents.lede}</p>
      {!items && list.fault === "" && <Skeleton rows={6} />}
      <Earlier list={list} />
      {items && items.length > 0 && (
        <div class="sheet">
          <table class="table stacks">
            <caption class="hidden">{w.agents.table}</caption>
            <thead>
              <tr>
                <th scope="col">{w.agents.person}</th>
                <th scope="col">{w.agents.extension}</th>
                <th scope="col">{w.agents.audio}</th>
                <th scope="col" class="num">
                  {w.agents.calls}
                </th>
                <th scope="col">{w.agents.skills}</th>
                {edits && (
                  <th scope="col">
                    <span class="hidden">{w.agents.acts}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {items.map((agent) => (
                <tr key={agent.user_id}>
                  <th scope="row">
                    <bdi>{agent.name}</bdi>
                  </th>
                  <td data-label={w.agents.extension}>{agent.extension === null ? <span class="soft">{w.agents.none}</span> : <span class="plate">{agent.extension}</span>}</td>
                  <td>
                    <span class="with-glyph">
                      <Icon name={agent.audio === "phone" ? "calls" : "desk"} size="small" />
                      {w.agents[agent.audio]}
                    </span>
                  </td>
                  <td class="num" data-label={w.agents.calls}>
                    {number(agent.calls_max)}
                  </td>
                  <td class="skills">
                    {agent.skills.map((skill) => (
                      <span key={skill} class="skill" dir="auto">
                        {skill}
                      </span>
                    ))}
                  </td>
                  {edits && (
                    <td class="acts">
                      <RowAct icon="edit" name={w.agents.edit(agent.name)} onClick={() => setEdited(agent)} />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {list.fault !== "" && <Failed message={list.fault} onRetry={() => void (items ? list.renew() : list.again())} />}
      {list.fault === "" && <Further list={list} />}
      {now && (
        <AgentDialog
          agent={now}
          known={[...new Set((items ?? []).flatMap(({ skills }) => skills))].sort()}
          onClose={() => setEdited(null)}
          onSaved={(agent) => list.change((all) => all.map((one) => (one.user_id === agent.user_id ? agent : one)))}
          onStale={() => void list.renew()}
        />
      )}
    </>
  );
}

/** `onStale` reloads the agent when somebody else has changed them. */
function AgentDialog(props: { agent: Agent; known: string[]; onClose: () => void; onSaved: (agent: Agent) => void; onStale: () => void }) {
  const { agent, known, onClose, onSaved, onStale } = props;
  const { user_id: id, name, extension, audio, calls_max, skills } = agent;
  const draft = useDraft<Pick<Agent, "extension" | "audio" | "calls_max" | "skills">>({
    value: { extension, audio, calls_max, skills },
    rules: filled(AgentBody, "calls_max"),
    follows: true,
    send: async (value) => {
      const body = { ...value, extension: value.extension?.trim() || null };
      const saved = await putInPlaceOf<Agent>(`/api/v1/agents/${id}`, agent, body, onStale);
      if (saved) onSaved(saved);
    },
  });
  return (
    <Dialog title={w.agents.title(name)} isChanged={draft.isChanged} onClose={onClose}>
      <RecordForm
        draft={draft}
        onCancel={onClose}
        onSaved={() => {
          tell(w.agents.saved(name));
          onClose();
        }}
      >
        <div class="pair">
          <TextField draft={draft} name="extension" label={w.agents.extension} hint={w.agents.extensionHint} />
          <NumberField draft={draft} name="calls_max" label={w.agents.calls} hint={w.agents.callsHint} />
        </div>
        <SelectField
          draft={draft}
          name="audio"
          label={w.agents.audio}
          {...(draft.value.audio === "phone" ? { hint: w.agents.phoneHint } : {})}
          choices={[
            { value: "browser", label: w.agents.browser },
            { value: "phone", label: w.agents.phone },
          ]}
        />
        <Tags
          label={w.agents.skills}
          hint={w.agents.skillsHint}
          tags={draft.value.skills}
          known={known}
          fault={draft.faults.skills}
          onChange={(tags) => draft.set("skills", tags)}
        />
      </RecordForm>
    </Dialog>
  );
}
