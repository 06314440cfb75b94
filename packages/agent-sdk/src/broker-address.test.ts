import { expect, test } from "vitest";
import { brokerAddress, discoverIssuer } from "./broker-address.js";
import { Exchange } from "./exchange.js";

test.each([
  ["https://broker.example", "https://broker.example"],
  ["https://broker.example/", "https://broker.example"],
  ["HTTPS://Broker.Example:443//", "https://broker.example"],
  ["http://127.0.0.1:7411", "http://127.0.0.1:7411"],
  ["https://example.org/parley/", "https://example.org/parley"],
])("%s is %s", (typed, address) => {
  expect(brokerAddress(typed)).toBe(address);
});

test.each(["", "broker.example", "127.0.0.1:7411", "ftp://broker.example", "https://u:p@broker.example"])(
  '"%s" is no address of a broker',
  (typed) => {
    expect(() => brokerAddress(typed)).toThrow(
      expect.objectContaining({ name: "ParleyFault", retry: "never" }),
    );
  },
);

test.each(["https://broker.example?x=1", "https://broker.example/#x"])("%s says too much", (typed) => {
  expect(() => brokerAddress(typed)).toThrow("no user, password, query or fragment");
});

test("what answers with something else is not a broker", async () => {
  const exchange = new Exchange({ fetch: async () => new Response('{"hello":"world"}') });
  await expect(discoverIssuer(exchange, "https://other.example")).rejects.toThrow("not a Parley broker");
});
