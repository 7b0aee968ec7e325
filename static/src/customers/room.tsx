// `/customers` and the page of one customer.
import { Later } from "../app/later";
import { query } from "../app/router";
import { CustomersPage } from "./page";

const customerPage = () => import("./customer").then(({ CustomerPage }) => CustomerPage);

const doublesPage = () => import("./doubles/page").then(({ DoublesPage }) => DoublesPage);

/** All customers, their possible duplicates, or the customer with the given id. */
export default function CustomersRoom({ id }: { id?: string }) {
  if (id === undefined && new URLSearchParams(query.value).has("doubles")) return <Later key="doubles" load={doublesPage} props={{}} />;
  return id === undefined ? <CustomersPage /> : <Later key={id} load={customerPage} props={{ id }} />;
}
