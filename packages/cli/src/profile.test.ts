import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { beginProfile, openProfile, profileFile, profileFolder } from "./profile.js";

function home(): { readonly PARLEY_HOME: string } {
  const folder = mkdtempSync(join(tmpdir(), "parley-home-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { PARLEY_HOME: folder };
}

const enrolment = {
  principalId: "opr_00000000000000000000000000" as never,
  spiffeId: "spiffe://test/x",
  trustDomain: "test",
  issuer: "https://broker.test",
  brokerKeys: [],
};

test("profiles lie in PARLEY_HOME, otherwise where configurations do", () => {
  expect(profileFolder({ PARLEY_HOME: "/somewhere" })).toBe("/somewhere/profiles");
  expect(profileFolder({})).toMatch(/\/\.config\/parley\/profiles$/);
});

test.each(["../x", "a/b", "", ".hidden", "x".repeat(64), "a b"])('"%s" names no profile', (name) => {
  expect(() => profileFile({ PARLEY_HOME: "/h" }, name)).toThrow(expect.objectContaining({ exitCode: 2 }));
});

test("who has not enrolled is not signed in, and nothing is left behind", async () => {
  const env = home();
  await expect(openProfile(env, "default")).rejects.toMatchObject({ exitCode: 4 });
  expect(readdirSync(env.PARLEY_HOME)).toEqual([]);
});

test("a profile is begun in a folder for its owner alone, and opened once it is enrolled", async () => {
  const env = home();
  const begun = await beginProfile(env, "eve");
  await begun.persist();
  await begun.close();
  expect(statSync(profileFolder(env)).mode & 0o777).toBe(0o700);
  await expect(openProfile(env, "eve")).rejects.toMatchObject({ exitCode: 4 });

  const again = await beginProfile(env, "eve");
  expect(again.key.thumbprint).toBe(begun.key.thumbprint);
  await again.enrolled(enrolment, 0);
  await again.close();
  const opened = await openProfile(env, "eve");
  expect(opened.enrolment).toEqual(enrolment);
  await opened.close();
});

test("a folder that others could look into is closed to them", async () => {
  const env = home();
  mkdirSync(profileFolder(env), { mode: 0o755 });
  await (await beginProfile(env, "eve")).close();
  expect(statSync(profileFolder(env)).mode & 0o777).toBe(0o700);
});

test("an enrolled profile is not begun anew", async () => {
  const env = home();
  const begun = await beginProfile(env, "eve");
  await begun.enrolled(enrolment, 0);
  await begun.close();
  await expect(beginProfile(env, "eve")).rejects.toMatchObject({ exitCode: 2 });
  // It let go of the profile.
  await (await openProfile(env, "eve")).close();
});

test("two commands at the same time wait for each other", async () => {
  const env = home();
  const begun = await beginProfile(env, "eve");
  await begun.enrolled(enrolment, 0);
  const second = openProfile(env, "eve");
  await begun.close();
  await (await second).close();
});

test("a profile that others may read is not used", async () => {
  const env = home();
  await (await beginProfile(env, "eve")).close();
  writeFileSync(profileFile(env, "eve"), "{}", { mode: 0o644 });
  await expect(openProfile(env, "eve")).rejects.toThrow("chmod 600");
});
