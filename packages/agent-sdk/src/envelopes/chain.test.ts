/** The chain by itself: facts in any order, heads before what leads to them, and an end to what is waited for. */
import { createHash } from "node:crypto";
import { canonicalJson, makeId } from "@parley/protocol";
import { expect, test } from "vitest";
import { Chain, type ChainLink, RecordDiffers } from "./chain.js";

const session = makeId("session");
const stream = `session:${session}`;
const none = "A".repeat(43);

function links(count: number): (ChainLink & { readonly hash: string })[] {
  const made: (ChainLink & { readonly hash: string })[] = [];
  for (let position = 1; position <= count; position++) {
    const contentDigest = createHash("sha256").update(String(position)).digest("base64url");
    const previous = made.at(-1)?.hash ?? none;
    const said = { position, kind: "session.sent", at: position, contentDigest };
    const text = canonicalJson({ v: 1, stream, previous, ...said });
    made.push({ ...said, hash: createHash("sha256").update(text).digest("base64url") });
  }
  return made;
}
const unsaid = ({ hash: _, ...link }: ChainLink): ChainLink => link;

test("comes to the same head in whatever order it hears", () => {
  const facts = links(6);
  const head = { position: 6, hash: facts[5]?.hash ?? "" };
  for (const order of [
    [0, 1, 2, 3, 4, 5],
    [5, 4, 3, 2, 1, 0],
    [1, 0, 3, 2, 5, 4],
  ]) {
    const chain = new Chain(session);
    chain.joined({ position: 0, hash: none });
    chain.stated(head);
    for (const index of order) chain.add(unsaid(facts[index] as ChainLink));
    expect(chain.head).toEqual(head);
  }
});

test("a head that was stated before its fact came is compared when it comes", () => {
  const chain = new Chain(session);
  chain.joined({ position: 0, hash: none });
  chain.stated({ position: 2, hash: none });
  const [first, second] = links(2).map(unsaid);
  chain.add(first as ChainLink);
  expect(() => chain.add(second as ChainLink)).toThrow(RecordDiffers);
});

test("two heads or two facts of one position are one too many", () => {
  const chain = new Chain(session);
  chain.joined({ position: 0, hash: none });
  chain.stated({ position: 2, hash: none });
  expect(() => chain.stated({ position: 2, hash: "B".repeat(43) })).toThrow(RecordDiffers);
  const [, second, third] = links(3);
  chain.add(unsaid(third as ChainLink));
  expect(() => chain.add({ ...(third as ChainLink), contentDigest: second?.contentDigest ?? "" })).toThrow(
    RecordDiffers,
  );
});

test("what is said again of the position where it stands is compared too", () => {
  const chain = new Chain(session);
  const [first] = links(1);
  chain.joined({ position: 1, hash: first?.hash ?? "" });
  chain.add(first as ChainLink);
  expect(() => chain.add({ ...(first as ChainLink), hash: none })).toThrow(RecordDiffers);
});

test("does not wait for ever for what is not told: it begins anew with the next head", () => {
  const chain = new Chain(session);
  const facts = links(1_100);
  chain.joined({ position: 0, hash: none });
  for (const fact of facts.slice(1, 1_026)) chain.add(unsaid(fact));
  expect(chain.head).toBeUndefined();
  const [at] = facts.slice(1_050, 1_051);
  chain.stated({ position: 1_051, hash: at?.hash ?? "" });
  for (const fact of facts.slice(1_051)) chain.add(unsaid(fact));
  expect(chain.head).toEqual({ position: 1_100, hash: facts.at(-1)?.hash });
});
