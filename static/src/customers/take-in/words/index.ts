// Words of the import of customers.
import { catalogue } from "../../../app/language";
import type { Words } from "./en";

export const w = await catalogue<Words>({
  en: () => import("./en"),
  de: () => import("./de"),
  es: () => import("./es"),
  pt: () => import("./pt"),
});
