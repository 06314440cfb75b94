/** An identity that ends with the process. Its private key cannot be read out, by nobody. */
import type { Identity } from "./identity.js";
import { KeyRing } from "./key-ring.js";
import { makeKey } from "./signing-key.js";

/** An identity that ends with the process. */
export async function memoryIdentity(): Promise<Identity> {
  const make = async () => (await makeKey({ extractable: false })).key;
  return new KeyRing({
    state: { enrolment: undefined, key: await make(), keySinceMs: undefined, nextKey: undefined },
    make,
    persist: () => Promise.resolve(),
    release: () => Promise.resolve(),
  });
}
