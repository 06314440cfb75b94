import { makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import { Mask } from "./transcript.js";

const mask = () => new Mask("http://127.0.0.1:4001");

test("random things are told by their kind, their length and the order of their first appearance", () => {
  const [one, other] = [makeId("agent"), makeId("session")];
  expect(mask().text(`${one} ${other} ${one} ${"A".repeat(43)}`)).toBe(
    "<agt_30#1> <ses_30#2> <agt_30#1> <43#3>",
  );
});

test("a digest is of no kind, however it begins", () => {
  const digests = ["nzz_4", "agt_0", "agt-0"].map((begins) => begins.padEnd(43, "x"));
  expect(mask().text(digests.join(" "))).toBe("<43#1> <43#2> <43#3>");
});

test("what is not random is told as it is", () => {
  const text = 'workgroup.ambiguous 409 "north/markets-channel" org_30 :4002';
  expect(mask().text(text)).toBe(text);
  expect(mask().text("http://127.0.0.1:4001/v1")).toBe("http://127.0.0.1:port/v1");
});
