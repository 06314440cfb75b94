/**
 * Counts the sockets that have not shown who they are, in all and by address, so that nobody can hold all the places.
 * What becomes of a socket without a place is decided where it was accepted.
 */
import { isIPv6 } from "node:net";

export interface UnauthenticatedLimits {
  readonly unauthenticatedConnectionsMax: number;
  readonly unauthenticatedConnectionsPerAddressMax: number;
}

export class Unauthenticated {
  readonly #limits: UnauthenticatedLimits;
  readonly #byHost = new Map<string, number>();
  #count = 0;

  constructor(limits: UnauthenticatedLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#count;
  }

  /** [SOC-2] False when there is no place left. */
  enter(address: string): boolean {
    const host = hostOf(address);
    const here = this.#byHost.get(host) ?? 0;
    if (this.#count >= this.#limits.unauthenticatedConnectionsMax) return false;
    if (here >= this.#limits.unauthenticatedConnectionsPerAddressMax) return false;
    this.#count += 1;
    this.#byHost.set(host, here + 1);
    return true;
  }

  leave(address: string): void {
    const host = hostOf(address);
    const here = this.#byHost.get(host) ?? 0;
    this.#count -= 1;
    if (here > 1) this.#byHost.set(host, here - 1);
    else this.#byHost.delete(host);
  }
}

const mapped = "::ffff:";

/** Whoever has one IPv6 address has the 2⁶⁴ beside it. */
export function hostOf(address: string): string {
  if (address.startsWith(mapped)) return address.slice(mapped.length);
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("%", 1).join("").split("::");
  const groups = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - last.length);
  return [...groups, ...Array<string>(zeros).fill("0"), ...last].slice(0, 4).join(":");
}
