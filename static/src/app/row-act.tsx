// The action of a row: an icon button, whose accessible name includes the row.
import { Icon, type IconName } from "./icons";

/** The button. */
export function RowAct({ icon, name, onClick }: { icon: IconName; name: string; onClick: () => void }) {
  return (
    <button type="button" class="btn quiet square" aria-label={name} title={name} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
