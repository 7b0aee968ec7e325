// Action of a row: a button of an icon, whose name says with which row.
import { Icon, type IconName } from "./icons";

/** The button. */
export function RowAct({ icon, name, onClick }: { icon: IconName; name: string; onClick: () => void }) {
  return (
    <button type="button" class="btn quiet square" aria-label={name} title={name} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
