/** The broker's address as somebody typed it, and the issuer that the broker says it is: they must be the same. */
import { metadataSchema } from "@parley/protocol";
import type { Exchange } from "./exchange.js";
import { ParleyFault } from "./fault.js";

/** The address without a trailing slash, which is how an issuer is written. */
export function brokerAddress(typed: string): string {
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new ParleyFault(
      `"${typed}" is not a broker's address: expected https://HOST or http://HOST:PORT`,
      "never",
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new ParleyFault("a broker's address has no user, password, query or fragment", "never");
  }
  if (url.protocol === "http:" && !isThisMachine(url.hostname)) {
    // A token that is sent in clear text belongs to whoever is in between.
    throw new ParleyFault(
      `${url.origin} would be spoken to in clear text: use https beyond this machine`,
      "never",
    );
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

const isThisMachine = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);

/**
 * Asks the broker who it is. What calls itself something else is refused (RFC 8414, 3.3): statements signed for the
 * one could be used at the other.
 */
export async function discoverIssuer(
  exchange: Exchange,
  typed: string,
  signal?: AbortSignal,
): Promise<string> {
  const address = brokerAddress(typed);
  const url = `${address}/.well-known/oauth-authorization-server`;
  const { body } = await exchange.send({ method: "GET", url, signal });
  const metadata = metadataSchema.pick({ issuer: true }).safeParse(body);
  if (!metadata.success) throw new ParleyFault(`what answers at ${address} is not a Parley broker`, "never");
  const { issuer } = metadata.data;
  if (issuer === address) return issuer;
  throw new ParleyFault(`the broker at ${address} calls itself ${issuer}: use that address`, "never");
}
