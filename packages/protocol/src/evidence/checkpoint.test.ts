/** Checkpoints are C2SP's, to the byte: by its example key, and by mutation of what is valid. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Checkpoint,
  checkpointText,
  noteBytesMax,
  originOf,
  parseCheckpoint,
  parseVerifierKey,
  readCheckpoint,
  signedCheckpoint,
  verifierKey,
} from "./checkpoint.js";
import { keyOf, nodeCrypto } from "./testing/keys.js";

const key = keyOf("checkpoint");
const other = keyOf("another");
const origin = "parley.example/logs/platform/era-1";
const checkpoint: Checkpoint = { origin, size: 20_852_163, root: nodeCrypto.sha256("root") };
const signed = (one: Checkpoint, by = key): string =>
  signedCheckpoint(one, by.x, by.sign(checkpointText(one)), nodeCrypto);
const note = signed(checkpoint);
/** Signed as it stands, whatever it says. */
const signedText = (text: string, name = origin): string => {
  const made = signedCheckpoint({ ...checkpoint, origin: name }, key.x, key.sign(text), nodeCrypto);
  return `${text}\n${made.slice(made.indexOf("\n\n") + 2)}`;
};
const rootLine = checkpointText(checkpoint).split("\n")[2] ?? "";
const read = (text: string, keys = [key.x]) => readCheckpoint(text, keys, nodeCrypto);

/** The example of C2SP's reference implementation. */
const example = {
  verifierKey: "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
  text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
  signature: "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=",
};

describe("the reference implementation's example", () => {
  const parsed = parseVerifierKey(example.verifierKey, nodeCrypto);
  const x = parsed?.x ?? "";

  test("has the key id that is computed here", () => {
    expect(parsed?.name).toBe("PeterNeumann");
    expect(verifierKey("PeterNeumann", x, nodeCrypto)).toBe(example.verifierKey);
  });

  test("has a signature over the text to the end of its last line", async () => {
    const bytes = Buffer.from(example.signature, "base64");
    expect(bytes.subarray(0, 4).toString("hex")).toBe("c74f20a3");
    expect(await nodeCrypto.verify(x, bytes.subarray(4), Buffer.from(example.text))).toBe(true);
  });

  test("no part of its verifier key is one, nor with another character", () => {
    const text = example.verifierKey;
    for (let from = 0; from <= text.length; from++)
      for (let to = from; to <= text.length; to++)
        if (to - from < text.length)
          expect(parseVerifierKey(text.slice(from, to), nodeCrypto)).toBeUndefined();
    for (let at = 0; at < text.length; at++) {
      const next = String.fromCharCode(text.charCodeAt(at) + 1);
      expect(parseVerifierKey(text.slice(0, at) + next + text.slice(at + 1), nodeCrypto)).toBeUndefined();
    }
  });
});

describe("the name of a log", () => {
  test.each([
    ["https://parley.example", "platform", 1, "parley.example/logs/platform/era-1"],
    ["https://parley.example/", "org:org_1", 2, "parley.example/logs/org_1/era-2"],
    ["http://127.0.0.1:8080/broker", "org:org_1", 12, "127.0.0.1:8080/broker/logs/org_1/era-12"],
  ])("of %s, %s, era %d is %s", (issuer, log, era, name) => {
    expect(originOf(issuer, log, era)).toBe(name);
  });
});

describe("a signed checkpoint [EVD-1]", () => {
  test("is three lines, an empty one, and a signature by the name of the log", () => {
    const [first, size, root, empty, signature, ...rest] = note.split("\n");
    expect([first, size, empty, ...rest]).toEqual([origin, "20852163", "", ""]);
    expect(root).toBe(Buffer.from(checkpoint.root, "base64url").toString("base64"));
    expect(signature).toMatch(/^— parley\.example\/logs\/platform\/era-1 [A-Za-z0-9+/]{91}=$/);
    expect(parseCheckpoint(note)).toMatchObject({ checkpoint, text: checkpointText(checkpoint) });
  });

  test("is read where one of the keys has signed it, and only then", async () => {
    expect(await read(note)).toEqual(checkpoint);
    expect(await read(note, [other.x, key.x])).toEqual(checkpoint);
    expect(await read(note, [other.x])).toBeUndefined();
    expect(await read(note, ["no key", ""])).toBeUndefined();
    expect(await read(note, [])).toBeUndefined();
  });

  test("may have signatures of others beside it, and one of ours that is wrong spoils it", async () => {
    const witness = `— witness.example ${Buffer.alloc(76, 7).toString("base64")}\n`;
    expect(await read(note + witness)).toEqual(checkpoint);
    const wrong = signedCheckpoint(checkpoint, key.x, other.sign("x"), nodeCrypto).split("\n").at(-2);
    expect(await read(`${note}${wrong}\n`)).toBeUndefined();
    const short = signedCheckpoint(checkpoint, key.x, new Uint8Array(63), nodeCrypto);
    expect(await read(short)).toBeUndefined();
  });

  test("is signed under the log's own name, no other", async () => {
    expect(
      await read(signedText(checkpointText(checkpoint), "parley.example/logs/org_1/era-1")),
    ).toBeUndefined();
  });

  test("may have more lines, which are signed too", async () => {
    const more = signedText(`${checkpointText(checkpoint)}more of it\nand more\n`);
    expect(await read(more)).toEqual(checkpoint);
    expect(await read(more.replace("and more", "and less"))).toBeUndefined();
  });

  test.each([0, 1, 2 ** 31, 2 ** 53 - 1])("may be of %d leaves", async (size) => {
    expect(await read(signed({ ...checkpoint, size }))).toEqual({ ...checkpoint, size });
  });

  test.each([
    ["a size beyond 2^53-1", `${origin}\n9007199254740992\n${rootLine}\n`],
    ["a size that begins with zero", `${origin}\n01\n${rootLine}\n`],
    ["a size with a sign", `${origin}\n+1\n${rootLine}\n`],
    ["no size", `${origin}\n\n${rootLine}\n`],
    ["an origin with a space", `a b\n1\n${rootLine}\n`],
    ["an origin with a plus", `a+b\n1\n${rootLine}\n`],
    ["no root", `${origin}\n1\n`],
    ["a short root", `${origin}\n1\n${Buffer.alloc(31).toString("base64")}\n`],
    ["a root in the other alphabet", `${origin}\n1\n${Buffer.alloc(32, 0xff).toString("base64url")}=\n`],
    ["a root without padding", `${origin}\n1\n${rootLine.slice(0, -1)}\n`],
    ["a tab", `${origin}\n1\n${rootLine}\na\tb\n`],
    ["a carriage return", `${origin}\r\n1\n${rootLine}\n`],
    ["a lone surrogate", `${origin}\n1\n${rootLine}\n\ud800\n`],
  ])("has not %s", (_what, text) => {
    expect(parseCheckpoint(signedText(text))).toBeUndefined();
  });

  test.each([
    ["no signature", `${checkpointText(checkpoint)}\n`],
    ["text after it", `${note}\n`],
    ["no end of its last line", note.slice(0, -1)],
    ["a hyphen for the dash", note.replace("— ", "- ")],
    ["a signature in two spellings", note.replace(/=\n$/, "\n")],
    ["a signature without a name", `${checkpointText(checkpoint)}\n— AAAAAAAAAAA=\n`],
    ["a signature of nothing", `${checkpointText(checkpoint)}\n— a AAAAAA==\n`],
  ])("that has %s is none", (_what, text) => {
    expect(parseCheckpoint(text)).toBeUndefined();
  });

  test("is of at most 8 KiB, in bytes", () => {
    const padded = (bytes: number): string => {
      const room = bytes - Buffer.byteLength(signedText(`${checkpointText(checkpoint)}é\n`)) + 2;
      return signedText(`${checkpointText(checkpoint)}é${"x".repeat(room - 2)}\n`);
    };
    expect(Buffer.byteLength(padded(noteBytesMax))).toBe(noteBytesMax);
    expect(parseCheckpoint(padded(noteBytesMax))).toBeDefined();
    expect(parseCheckpoint(padded(noteBytesMax + 1))).toBeUndefined();
  });

  test("that was changed anywhere is refused, or says and is signed for the same", {
    timeout: 60_000,
  }, async () => {
    const change = fc.record({
      at: fc.nat(note.length),
      cut: fc.nat(3),
      put: fc.oneof(
        fc.string({ unit: "binary", maxLength: 3 }),
        fc.string({ unit: fc.constantFrom(..."\n— +=/09Aa"), maxLength: 3 }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        let text = note;
        for (const { at, cut, put } of changes) text = text.slice(0, at) + put + text.slice(at + cut);
        const found = await read(text);
        if (found !== undefined) expect(parseCheckpoint(text)?.text).toBe(checkpointText(checkpoint));
      }),
      { numRuns: 5_000 },
    );
  });
});
