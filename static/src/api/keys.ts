// Keys of requests: a request that is sent again with its key is carried out once.

/** A new key. */
export function newKey(): string {
  // `crypto.randomUUID` exists only on pages over HTTPS and on this machine.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
