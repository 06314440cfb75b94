import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { emptyTree, leafHash, rootOf, type Tree, withLeaf } from "./merkle.js";

const sha = (...parts: readonly Uint8Array[]): Buffer =>
  parts.reduce((h, part) => h.update(part), createHash("sha256")).digest();

/** MTH as RFC 9162 § 2.1.1 writes it, without any cleverness. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return sha();
  if (leaves.length === 1) return sha(Buffer.of(0), first);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha(Buffer.of(1), naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)));
}

const grow = (leafHashes: readonly string[]): Tree =>
  leafHashes.reduce((tree, leaf) => withLeaf(tree, leaf), emptyTree);
const hex = (base64url: string): string => Buffer.from(base64url, "base64url").toString("hex");

describe("a Merkle tree", () => {
  /** The leaves and roots with which implementations of RFC 6962 and RFC 9162 are commonly tested. */
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
  ];

  test.each(roots.map((root, size) => [size, root] as const))(
    "of the %i first known leaves has the known root",
    (size, root) => {
      // Every byte of the known leaves below 0x80 is the same in UTF-8.
      const texts = leaves.slice(0, size).map((leaf) => Buffer.from(leaf, "hex").toString("utf8"));
      expect(hex(rootOf(grow(texts.map(leafHash))))).toBe(root);
    },
  );

  test("has at every size the root that the plain recursive definition has", () => {
    const texts = Array.from({ length: 130 }, (_, n) => `leaf ${n}`);
    let tree = emptyTree;
    for (const [size, text] of texts.entries()) {
      tree = withLeaf(tree, leafHash(text));
      const naive = naiveRoot(texts.slice(0, size + 1).map((leaf) => Buffer.from(leaf)));
      expect(rootOf(tree)).toBe(naive.toString("base64url"));
    }
  });

  test("keeps no more than the roots of its perfect subtrees", () => {
    const tree = grow(Array.from({ length: 1_023 }, (_, n) => leafHash(String(n))));
    expect(tree.frontier).toHaveLength(10);
    expect(withLeaf(tree, leafHash("1023")).frontier).toHaveLength(1);
  });

  test("never takes a leaf for a node", () => {
    const left = leafHash("a");
    const right = leafHash("b");
    const forged = leafHash(
      Buffer.concat([Buffer.from(left, "base64url"), Buffer.from(right, "base64url")]).toString("latin1"),
    );
    expect(rootOf(grow([forged]))).not.toBe(rootOf(grow([left, right])));
  });
});
