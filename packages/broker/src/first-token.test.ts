import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { showFirstToken } from "./first-token.js";

const shown = {
  secret: "parley_enrol_secret",
  issuer: "https://broker.example",
  expiresAt: "2026-01-05T10:00:00.000Z",
};

function placeOfThisTest() {
  const folder = mkdtempSync(join(tmpdir(), "parley-first-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const lines: string[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
  return { folder, file: join(folder, "platform-enrolment-token"), log, lines };
}

describe("the first token [ID-6]", () => {
  test("is shown to whoever sits at the terminal, with the command that redeems it, and kept nowhere", () => {
    const { folder, file, log, lines } = placeOfThisTest();
    let text = "";
    showFirstToken(folder, shown, log, (more) => {
      text += more;
    });
    expect(text).toContain(`parley init --broker ${shown.issuer} --token ${shown.secret}`);
    expect(text).toContain(shown.expiresAt);
    expect(existsSync(file)).toBe(false);
    expect(lines.join("")).not.toContain(shown.secret);
  });

  test("goes into a file that only its owner reads where there is no terminal; the log names the file alone", () => {
    const { folder, file, log, lines } = placeOfThisTest();
    showFirstToken(folder, shown, log, undefined);
    expect(readFileSync(file, "utf8")).toBe(`${shown.secret}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(lines.join("")).toContain(file);
    expect(lines.join("")).not.toContain(shown.secret);
  });

  test("takes the place of the one before, whatever that file had become", () => {
    const { folder, file, log } = placeOfThisTest();
    writeFileSync(file, "old");
    chmodSync(file, 0o644);
    showFirstToken(folder, shown, log, undefined);
    expect(readFileSync(file, "utf8")).toBe(`${shown.secret}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("is not written through a link", () => {
    const { folder, file, log } = placeOfThisTest();
    const elsewhere = join(folder, "elsewhere");
    writeFileSync(elsewhere, "");
    symlinkSync(elsewhere, file);
    showFirstToken(folder, shown, log, undefined);
    expect(readFileSync(elsewhere, "utf8")).toBe("");
  });

  test("is gone from the disk at the next start, when there is nothing to show", () => {
    const { folder, file, log, lines } = placeOfThisTest();
    writeFileSync(file, "old");
    showFirstToken(folder, undefined, log, undefined);
    expect(existsSync(file)).toBe(false);
    expect(lines).toEqual([]);
  });
});
