// Two profiles side by side: this draft, and a published version of it or another profile. Only differences are shown.
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../app/icons";
import { listed } from "../app/language";
import type { Loaded } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { useStudio } from "./context";
import { type Member, MEMBERS, type Written } from "./draft";
import { changesOf, type ChangedLine } from "./describe";
import { Lines } from "./parts";
import { w } from "./words";

export function Compare(props: { title: string; other: Written | null; loaded: Pick<Loaded<unknown>, "fault" | "again">; mine: string; onClose: () => void }) {
  const { keeper, canWrite } = useStudio();
  const { other, loaded, mine } = props;
  const draft = keeper.value.value;
  const changes = other === null ? [] : changesOf(draft, other);
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that opened this view may be gone.
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  const alike = MEMBERS.filter((member) => !changes.some((change) => change.member === member));
  return (
    <section class="compare" aria-labelledby="compare-name">
      <div class="top">
        <h2 id="compare-name" ref={heading} tabIndex={-1}>{w.compare.title(props.title)}</h2>
        <button type="button" class="push" onClick={props.onClose}>
          <Icon name="back" />
          {w.compare.close}
        </button>
      </div>
      {loaded.fault !== "" && <Failed message={loaded.fault} onRetry={() => void loaded.again()} />}
      {other === null && loaded.fault === "" && <Skeleton rows={6} />}
      {other !== null && changes.length === 0 && <p class="lede">{w.diff.same}</p>}
      {other !== null && changes.length > 0 && (
        <>
          <table class="sides">
            <thead>
              <tr>
                <th scope="col">
                  <span class="hidden">{w.compare.what}</span>
                </th>
                <th scope="col">{mine}</th>
                <th scope="col" dir="auto">
                  {props.title}
                </th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ member, lines }) => (
                <tr key={member}>
                  <th scope="row">{w.member[member]}</th>
                  <td data-side={mine}>
                    <Side lines={lines} kind="removed" />
                  </td>
                  <td data-side={props.title}>
                    <Side lines={lines} kind="added" />
                    {canWrite && canBeTaken(member) && (
                      <button type="button" class="btn small" aria-label={w.compare.useOf(w.member[member])} onClick={() => keeper.set(member, other[member])}>
                        {w.compare.use}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {alike.length > 0 && <p class="meta">{w.compare.alike(listed(alike.map((member) => w.member[member])))}</p>}
        </>
      )}
    </section>
  );
}

/** A name belongs to one profile only. */
const canBeTaken = (member: Member) => member !== "name";

/** One side's lines that the other does not have. */
function Side({ lines, kind }: { lines: ChangedLine[]; kind: ChangedLine["kind"] }) {
  const own = lines.filter((line) => line.kind === kind);
  if (own.length > 0) return <Lines lines={own} />;
  return <p class="meta">{lines.length === 0 ? w.diff.order : w.diff.nothing}</p>;
}
