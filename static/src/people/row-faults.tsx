// The faults of an imported file's rows.
import type { LeadImport } from "../api/model";
import { number } from "../app/language";

/** The texts of the importing page. */
interface Words {
  errors: string;
  errorsHint: string;
  row: string;
  column: string;
  reason: string;
}

/** The faults as a table. */
export function RowFaults({ errors, words: w }: { errors: LeadImport["errors"]; words: Words }) {
  return (
    <div class="panel">
      <h3 id="take-in-errors" class="top">
        {w.errors}
        <span class="meta">{w.errorsHint}</span>
      </h3>
      <div class="scroll" role="region" aria-labelledby="take-in-errors" tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col" class="num">
                {w.row}
              </th>
              <th scope="col">{w.column}</th>
              <th scope="col">{w.reason}</th>
            </tr>
          </thead>
          <tbody>
            {errors.map(({ row, field, reason }, at) => (
              <tr key={at}>
                <th scope="row" class="num">
                  {number(row)}
                </th>
                <td>
                  <code>{field}</code>
                </td>
                <td>{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
