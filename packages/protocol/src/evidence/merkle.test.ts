/** Proofs hold for what is in the tree and for nothing else: beside trees built as the RFC defines them, at every size. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Cover, emptyRoot, leafHash, nodeHash, verifyConsistency, verifyInclusion } from "./merkle.js";
import { nodeCrypto } from "./testing/keys.js";

const sizeMax = 70;
/** Every size with every other takes seconds where the machine is busy. */
const timeout = 60_000;
const hashes = Array.from({ length: sizeMax }, (_, at) => leafHash(`leaf ${at}`, nodeCrypto));
const splitOf = (size: number): number => {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
};

/** MTH, PATH and PROOF as RFC 9162 § 2.1 writes them, recursively. */
const known = new Map<string, string>();
function naiveRoot(from: number, to: number): string {
  const name = `${from} ${to}`;
  const found = known.get(name);
  if (found !== undefined) return found;
  const split = from + splitOf(to - from);
  const made =
    to === from
      ? createHash("sha256").digest("base64url")
      : to === from + 1
        ? String(hashes[from])
        : createHash("sha256")
            .update(Buffer.of(1))
            .update(Buffer.from(naiveRoot(from, split), "base64url"))
            .update(Buffer.from(naiveRoot(split, to), "base64url"))
            .digest("base64url");
  known.set(name, made);
  return made;
}
function naivePath(index: number, from: number, to: number): string[] {
  if (to === from + 1) return [];
  const split = from + splitOf(to - from);
  return index < split
    ? [...naivePath(index, from, split), naiveRoot(split, to)]
    : [...naivePath(index, split, to), naiveRoot(from, split)];
}
function naiveProof(first: number, from: number, to: number, isWhole: boolean): string[] {
  if (first === to) return isWhole ? [] : [naiveRoot(from, to)];
  const split = from + splitOf(to - from);
  return first <= split
    ? [...naiveProof(first, from, split, isWhole), naiveRoot(split, to)]
    : [...naiveProof(first, split, to, false), naiveRoot(from, split)];
}

const flipped = (hash: string, bit: number): string => {
  const bytes = Buffer.from(hash, "base64url");
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return bytes.toString("base64url");
};
const without = <T>(items: readonly T[], at: number): T[] => items.filter((_, index) => index !== at);

describe("the tree that implementations of RFC 6962 are tested with", () => {
  const leaves = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ];
  const roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ].map((root) => Buffer.from(root, "hex").toString("base64url"));

  test("has their roots at every size", () => {
    const cover = new Cover(nodeCrypto);
    expect(cover.root()).toBe(roots[0]);
    for (const [at, leaf] of leaves.entries()) {
      expect(cover.add(0, leafHash(Buffer.from(leaf, "hex").toString("utf8"), nodeCrypto))).toBe(true);
      expect(cover.root()).toBe(roots[at + 1]);
    }
  });

  test("has the published proof between its sixth and its eighth", () => {
    const proof = [
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ].map((hash) => Buffer.from(hash, "hex").toString("base64url"));
    const [firstRoot = "", secondRoot = ""] = [roots[6], roots[8]];
    expect(verifyConsistency({ first: 6, firstRoot, second: 8, secondRoot, proof }, nodeCrypto)).toBe(true);
  });
});

describe("a proof of inclusion [EVD-2]", () => {
  const proofOf = (index: number, size: number) => ({
    index,
    size,
    leaf: String(hashes[index]),
    proof: naivePath(index, 0, size),
    root: naiveRoot(0, size),
  });
  const holds = (proof: Parameters<typeof verifyInclusion>[0]): boolean => verifyInclusion(proof, nodeCrypto);

  test("holds for every leaf at every size, at its own index alone", { timeout }, () => {
    for (let size = 1; size <= sizeMax; size++)
      for (let index = 0; index < size; index++) {
        const proof = proofOf(index, size);
        expect(holds(proof)).toBe(true);
        const other = Array.from({ length: size }, (_, at) => at).filter((at) => at !== index);
        expect(other.filter((at) => holds({ ...proof, index: at }))).toEqual([]);
      }
  });

  test("does not hold with a hash too few, too many, or twice", { timeout }, () => {
    for (let size = 1; size <= sizeMax; size++)
      for (let index = 0; index < size; index++) {
        const given = proofOf(index, size);
        const { proof, leaf } = given;
        expect(holds({ ...given, proof: [...proof, leaf] })).toBe(false);
        expect(holds({ ...given, proof: [leaf, ...proof] })).toBe(false);
        for (let at = 0; at < proof.length; at++) {
          expect(holds({ ...given, proof: without(proof, at) })).toBe(false);
          expect(holds({ ...given, proof: proof.toSpliced(at, 0, String(proof[at])) })).toBe(false);
        }
      }
  });

  test("does not hold with any bit of it wrong", () => {
    const given = proofOf(37, 53);
    for (let bit = 0; bit < 256; bit++) {
      expect(holds({ ...given, leaf: flipped(given.leaf, bit) })).toBe(false);
      expect(holds({ ...given, root: flipped(given.root, bit) })).toBe(false);
      for (let at = 0; at < given.proof.length; at++)
        expect(holds({ ...given, proof: given.proof.with(at, flipped(String(given.proof[at]), bit)) })).toBe(
          false,
        );
    }
  });

  test("is of a leaf in the tree, in numbers that are counts and hashes that are hashes", () => {
    const given = proofOf(3, 7);
    const wrong = [
      { index: 7 },
      { index: -1 },
      { index: 3.5 },
      { size: 2 ** 53 },
      { size: Number.NaN },
      { leaf: "" },
      { root: "x".repeat(43) },
      { proof: given.proof.with(0, "") },
    ];
    for (const one of wrong) expect(holds({ ...given, ...one })).toBe(false);
    expect(holds({ index: 0, size: 0, leaf: given.leaf, proof: [], root: given.leaf })).toBe(false);
  });

  test("may be of a tree of 2^53-1 leaves", () => {
    // The last leaf of a tree in which every level but the lowest has one node more than pairs.
    const proof = Array.from({ length: 52 }, (_, at) => String(hashes[at]));
    const leaf = String(hashes[60]);
    const root = proof.reduce((hash, sibling) => nodeHash(sibling, hash, nodeCrypto), leaf);
    const given = { index: 2 ** 53 - 2, size: 2 ** 53 - 1, leaf, proof, root };
    expect(holds(given)).toBe(true);
    expect(holds({ ...given, index: 2 ** 52 - 2 })).toBe(false);
  });
});

describe("a proof of consistency [EVD-2]", () => {
  const proofOf = (first: number, second: number) => ({
    first,
    firstRoot: naiveRoot(0, first),
    second,
    secondRoot: naiveRoot(0, second),
    proof: first === 0 ? [] : naiveProof(first, 0, second, true),
  });
  const holds = (proof: Parameters<typeof verifyConsistency>[0]): boolean =>
    verifyConsistency(proof, nodeCrypto);

  test("holds between every two sizes, and with no other first size", { timeout }, () => {
    for (let second = 0; second <= sizeMax; second++)
      for (let first = 0; first <= second; first++) {
        const given = proofOf(first, second);
        expect(holds(given)).toBe(true);
        for (let other = 0; other <= second; other++)
          if (other !== first) expect(holds({ ...given, first: other })).toBe(false);
      }
  });

  test("does not hold with a hash too few, too many, or twice", { timeout }, () => {
    for (let second = 1; second <= sizeMax; second++)
      for (let first = 0; first <= second; first++) {
        const given = proofOf(first, second);
        const { proof, firstRoot } = given;
        expect(holds({ ...given, proof: [...proof, firstRoot] })).toBe(false);
        expect(holds({ ...given, proof: [firstRoot, ...proof] })).toBe(false);
        for (let at = 0; at < proof.length; at++) {
          expect(holds({ ...given, proof: without(proof, at) })).toBe(false);
          expect(holds({ ...given, proof: proof.toSpliced(at, 0, String(proof[at])) })).toBe(false);
        }
      }
  });

  test.each([
    [37, 53],
    [32, 53],
    [32, 64],
  ])("does not hold with any bit of it wrong: from %d to %d", (first, second) => {
    const given = proofOf(first, second);
    for (let bit = 0; bit < 256; bit++) {
      expect(holds({ ...given, firstRoot: flipped(given.firstRoot, bit) })).toBe(false);
      expect(holds({ ...given, secondRoot: flipped(given.secondRoot, bit) })).toBe(false);
      for (let at = 0; at < given.proof.length; at++)
        expect(holds({ ...given, proof: given.proof.with(at, flipped(String(given.proof[at]), bit)) })).toBe(
          false,
        );
    }
  });

  test("is from a size to one that is not less, in counts and hashes", () => {
    const given = proofOf(3, 7);
    const wrong = [
      { first: 8 },
      { first: -1 },
      { first: 0.5 },
      { second: 2 ** 53 },
      { firstRoot: "" },
      { secondRoot: "x".repeat(43) },
      { proof: ["", ...given.proof] },
    ];
    for (const one of wrong) expect(holds({ ...given, ...one })).toBe(false);
    expect(holds({ ...proofOf(0, 7), firstRoot: naiveRoot(0, 1) })).toBe(false);
    expect(holds({ ...proofOf(7, 7), secondRoot: naiveRoot(0, 6) })).toBe(false);
  });
});

describe("a cover", () => {
  test("has the root of the tree, whichever perfect subtrees it is given as", () => {
    for (let size = 0; size <= sizeMax; size++)
      for (let from = 0; from < 7; from++) {
        const cover = new Cover(nodeCrypto);
        while (cover.size < size) {
          let level = cover.size === 0 ? from : cover.size % 3;
          while (cover.size % 2 ** level !== 0 || cover.size + 2 ** level > size) level -= 1;
          expect(cover.add(level, naiveRoot(cover.size, cover.size + 2 ** level))).toBe(true);
        }
        expect(cover.root()).toBe(naiveRoot(0, size));
      }
  });

  test("knows the root where it was wanted, if a subtree begins there", () => {
    for (let wanted = 0; wanted <= 20; wanted++) {
      const cover = new Cover(nodeCrypto, wanted);
      cover.add(3, naiveRoot(0, 8));
      for (let at = 8; at < 20; at++) cover.add(0, String(hashes[at]));
      const isKnown = wanted === 0 || wanted >= 8;
      expect(cover.rootAt(wanted)).toBe(isKnown ? naiveRoot(0, wanted) : undefined);
      expect(cover.rootAt(20)).toBe(naiveRoot(0, 20));
      if (wanted !== 9) expect(cover.rootAt(9)).toBeUndefined();
    }
  });

  test("refuses a subtree that does not start at a multiple of its size, and what is none", () => {
    const hash = emptyRoot(nodeCrypto);
    const cover = new Cover(nodeCrypto);
    cover.add(1, hash);
    expect(cover.add(2, hash)).toBe(false);
    for (const level of [-1, 0.5, 53, Number.NaN]) expect(cover.add(level, hash)).toBe(false);
    expect(cover.add(0, "none")).toBe(false);
    expect([cover.add(1, hash), cover.size]).toEqual([true, 4]);
  });

  test("goes up to 2^53-1 leaves", () => {
    const hash = emptyRoot(nodeCrypto);
    const cover = new Cover(nodeCrypto);
    for (let level = 52; level >= 0; level--) expect(cover.add(level, hash)).toBe(true);
    expect(cover.size).toBe(2 ** 53 - 1);
    expect(cover.add(0, hash)).toBe(false);
  });
});
