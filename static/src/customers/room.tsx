// `/customers` and the page of one customer.
import { Later } from "../app/later";
import { CustomersPage } from "./page";

const customerPage = () => import("./customer").then(({ CustomerPage }) => CustomerPage);

/** All customers, or where an id is given that one. */
export function CustomersRoom({ id }: { id?: string }) {
  return id === undefined ? <CustomersPage /> : <Later key={id} load={customerPage} props={{ id }} />;
}
