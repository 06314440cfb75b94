/** Profiles: identities that the command line keeps, one file each, by the name that `--as` takes. */
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileIdentity, type Identity, ParleyFault } from "@parley/agent-sdk";
import { Complaint } from "./complaint.js";
import { exitCodes } from "./exit-codes.js";

export type Environment = Readonly<Record<string, string | undefined>>;

export const profileFolder = (env: Environment): string =>
  join(env.PARLEY_HOME ?? join(homedir(), ".config", "parley"), "profiles");

/** A profile's name is a file's name, so it can be nothing else. */
export function profileFile(env: Environment, profile: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(profile)) {
    throw new Complaint(
      `"${profile}" is not a profile's name: expected letters, digits, - _ .`,
      exitCodes.usage,
    );
  }
  return join(profileFolder(env), `${profile}.json`);
}

/** Commands are short and may run at the same time; one waits a while for another. */
const patienceMs = 3_000;
const lookAgainMs = 50;

const whoHolds =
  "A profile is one identity, and one process speaks with it at a time: is `parley agent connect` running? Stop it, or enrol a second instance under another profile.";

async function openWhenFree(file: string): Promise<Identity> {
  for (let waitedMs = 0; ; waitedMs += lookAgainMs) {
    try {
      return await fileIdentity(file);
    } catch (error) {
      const inUse = error instanceof ParleyFault && error.retry === "later";
      if (!inUse) throw error;
      if (waitedMs >= patienceMs) throw new Complaint(error.message, exitCodes.fault, whoHolds);
      await pause(lookAgainMs);
    }
  }
}

/** The identity of a profile that has been enrolled. */
export async function openProfile(env: Environment, profile: string): Promise<Identity> {
  const file = profileFile(env, profile);
  if (!existsSync(file)) throw notSignedIn(profile, file);
  const identity = await openWhenFree(file);
  if (identity.enrolment !== undefined) return identity;
  await identity.close();
  throw notSignedIn(profile, file);
}

/** A profile that is yet to be enrolled: new, or left behind by an enrolment that did not get its answer. */
export async function beginProfile(env: Environment, profile: string): Promise<Identity> {
  const file = profileFile(env, profile);
  const folder = profileFolder(env);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const identity = await openWhenFree(file);
  if (identity.enrolment === undefined) return identity;
  const { principalId, issuer } = identity.enrolment;
  await identity.close();
  throw new Complaint(
    `the profile "${profile}" is ${principalId} at ${issuer} already`,
    exitCodes.usage,
    `Choose another name with --profile, or remove ${file} if that identity is no longer needed.`,
  );
}

function notSignedIn(profile: string, file: string): Complaint {
  return new Complaint(
    `not signed in: there is no enrolled profile "${profile}" (${file})`,
    exitCodes.notSignedIn,
    "With an enrolment token: `parley init --broker URL --token TOKEN`; another profile: `--as NAME`.",
  );
}
