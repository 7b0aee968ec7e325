// The providers of voices for a chain or a shadow: those that the server accepts.
import { VoiceLinkBody } from "../api/rules";
import type { Link } from "./chain-check";
import { w } from "./words";

export type Provider = Link["provider"];

export const PROVIDERS = VoiceLinkBody.provider.choices as readonly Provider[];

/** The name of a provider for people: its own name if there is no text for it. */
export const nameOf = (provider: Provider): string => (w.chain.names as Partial<Record<Provider, string>>)[provider] ?? provider;
