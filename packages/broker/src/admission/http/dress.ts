/** The same headers on every answer, whatever it says: none of them tells what was asked for [API-4]. */
import type { Clock } from "../../clock.js";
import type { Nonces } from "../authenticate/nonce.js";

export type Dress = () => Readonly<Record<string, string>>;

export const openDress =
  (clock: Clock, nonces: Nonces): Dress =>
  () => {
    const now = clock.now();
    return {
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "dpop-nonce": nonces.current(now),
      // [ID-18] Clients take their time from here: the broker's, whatever the machine's clock says.
      date: new Date(now).toUTCString(),
    };
  };
