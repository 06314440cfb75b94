import { limits } from "@parley/protocol";
import { describe, expect, test } from "vitest";
import { hostOf, Unauthenticated } from "./unauthenticated.js";

const fill = (places: Unauthenticated, count: number, address: (at: number) => string): number =>
  Array.from({ length: count }, (_, at) => places.enter(address(at))).filter(Boolean).length;

describe("the places of the unauthenticated [SOC-2]", () => {
  const perAddress = limits.unauthenticatedConnectionsPerAddressMax;
  const inAll = limits.unauthenticatedConnectionsMax;

  test("are as many as the limit in all", () => {
    const places = new Unauthenticated(limits);
    expect(fill(places, inAll + 1, (at) => `10.0.${at % 200}.1`)).toBe(inAll);
    expect(places.count).toBe(inAll);
  });

  test("are as many as the limit for one address, and leave the neighbours theirs", () => {
    const places = new Unauthenticated(limits);
    expect(fill(places, perAddress + 1, () => "10.0.0.1")).toBe(perAddress);
    expect(places.enter("10.0.0.2")).toBe(true);
  });

  test("are given back", () => {
    const places = new Unauthenticated({
      unauthenticatedConnectionsMax: 2,
      unauthenticatedConnectionsPerAddressMax: 1,
    });
    expect([places.enter("a"), places.enter("a"), places.enter("b"), places.enter("c")]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    places.leave("a");
    expect(places.count).toBe(1);
    expect([places.enter("c"), places.enter("a")]).toEqual([true, false]);
    places.leave("c");
    expect(places.enter("a")).toBe(true);
  });

  test("are one host's for all the addresses it may give itself", () => {
    const places = new Unauthenticated({
      unauthenticatedConnectionsMax: 9,
      unauthenticatedConnectionsPerAddressMax: 1,
    });
    expect([places.enter("2001:db8:1:2::1"), places.enter("2001:db8:1:2:ffff::9")]).toEqual([true, false]);
    expect(places.enter("2001:db8:1:3::1")).toBe(true);
  });
});

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::ffff:10.1.2.3", "10.1.2.3"],
  ["::1", "0:0:0:0"],
  ["2001:db8::7", "2001:db8:0:0"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["2001:db8:1:2::", "2001:db8:1:2"],
  ["", ""],
])("%s is of the host %s", (address, host) => {
  expect(hostOf(address)).toBe(host);
});
