// The providers whose voices a chain and a shadow can have: those that the server takes.
import { VoiceLinkBody } from "../api/rules";
import type { Link } from "./chain-check";
import { w } from "./words";

export type Provider = Link["provider"];

export const PROVIDERS = VoiceLinkBody.provider.choices as readonly Provider[];

/** People's name of a provider: its own name, where the words have none. */
export const nameOf = (provider: Provider): string => (w.chain.names as Partial<Record<Provider, string>>)[provider] ?? provider;
