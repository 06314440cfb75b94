/** What `doctor` looks at, one thing after the other; what cannot be known because of something before is left out. */
import { statSync } from "node:fs";
import {
  brokerAddress,
  discoverIssuer,
  Exchange,
  type Identity,
  ParleyFault,
  ParleyRefusal,
} from "@parley/agent-sdk";
import { type Retry, whoamiSchema } from "@parley/protocol";
import { read } from "./answer.js";
import { certificateEnd } from "./certificate.js";
import { explain } from "./complaint.js";
import type { Invocation } from "./invocation.js";
import { openProfile, profileFile, profileFolder } from "./profile.js";

export interface Finding {
  readonly verdict: "good" | "note" | "wrong";
  readonly about: string;
  readonly found: string;
  readonly todo?: string;
}

const good = (about: string, found: string): Finding => ({ verdict: "good", about, found });
const note = (about: string, found: string, todo: string): Finding => ({
  verdict: "note",
  about,
  found,
  todo,
});
const wrong = (about: string, found: string, todo: string): Finding => ({
  verdict: "wrong",
  about,
  found,
  todo,
});

export async function lookAround(
  invocation: Invocation,
  typed: string | undefined,
): Promise<readonly Finding[]> {
  const findings = [lookAtNode(process.versions.node), ...lookAtFolder(invocation)];
  const profile = await lookAtProfile(invocation);
  if (typed === undefined || profile.issuer !== undefined) findings.push(profile.finding);
  const broker = typed ?? profile.issuer;
  if (broker === undefined) return findings;
  const reached = await lookAtBroker(broker);
  findings.push(...reached);
  const reachable = !reached.some(({ about, verdict }) => about === "broker" && verdict === "wrong");
  if (reachable && profile.issuer !== undefined && sameBroker(profile.issuer, broker)) {
    findings.push(await lookAtAccess(invocation));
  }
  return findings;
}

const sameBroker = (issuer: string, typed: string): boolean => issuer === brokerAddress(typed);

export function lookAtNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return good("node", version);
  return wrong("node", version, "Parley needs Node 20.19 or newer.");
}

function lookAtFolder({ env }: Invocation): Finding[] {
  const folder = profileFolder(env);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined)
    return [note("profiles", `${folder} does not exist yet`, "`parley init` makes it.")];
  if (!found.isDirectory()) return [wrong("profiles", `${folder} is not a folder`, "Move it away.")];
  if (process.platform !== "win32" && (found.mode & 0o077) !== 0) {
    return [wrong("profiles", `others may look into ${folder}`, `chmod 700 ${folder}`)];
  }
  return [good("profiles", folder)];
}

interface Profile {
  readonly finding: Finding;
  readonly issuer?: string;
}

async function lookAtProfile({ env, profile }: Invocation): Promise<Profile> {
  let identity: Identity;
  try {
    identity = await openProfile(env, profile);
  } catch (error) {
    const [found = "", ...todo] = explain(error)
      .replace(/^parley: /, "")
      .split("\n");
    return { finding: wrong("profile", found, todo.join(" ").trim() || "See above.") };
  }
  const { enrolment, nextKey } = identity;
  await identity.close();
  const issuer = enrolment?.issuer ?? "";
  const about = `${profile} is ${enrolment?.principalId} at ${issuer} (${profileFile(env, profile)})`;
  const half = "A key's replacement was interrupted: the next command settles it.";
  return { issuer, finding: nextKey === undefined ? good("profile", about) : note("profile", about, half) };
}

const unreachable = {
  never: "Look at the address.",
  later: "Is it running? Does a firewall or a proxy lie between?",
  reconnect: "It is going away: try again in a moment.",
} as const satisfies Record<Retry, string>;

const certificateCodes = /^(SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|CERT_|ERR_TLS_CERT)/;

function certificateHint(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string" && certificateCodes.test(error.code)) {
    return "If the authority that signed it is your own, name its certificate in NODE_EXTRA_CA_CERTS.";
  }
  return certificateHint(error.cause);
}

function faultOf(error: unknown): { readonly message: string; readonly retry: Retry } {
  if (error instanceof ParleyFault || error instanceof ParleyRefusal) return error;
  throw error;
}

/** Beyond this the broker's and this machine's logs cannot be read side by side. */
const offsetMsMax = 60_000;

async function lookAtBroker(typed: string): Promise<Finding[]> {
  const exchange = new Exchange();
  let issuer: string;
  try {
    issuer = await discoverIssuer(exchange, typed);
    await exchange.send({ method: "GET", url: `${issuer}/healthz` });
  } catch (error) {
    const { message, retry } = faultOf(error);
    return [wrong("broker", message, certificateHint(error) ?? unreachable[retry])];
  }
  return [good("broker", issuer), lookAtClock(exchange.offsetMs), await lookAtTransport(issuer)];
}

export function lookAtClock(offsetMs: number | undefined): Finding {
  if (offsetMs === undefined)
    return wrong("clock", "the broker's answer has no date", "Does a proxy remove it?");
  // The broker's date has whole seconds: below one there is nothing to know.
  const seconds = Math.round(Math.abs(offsetMs) / 1_000);
  if (seconds <= 1) return good("clock", "agrees with the broker's");
  const found = `is ${seconds} s ${offsetMs > 0 ? "behind" : "ahead of"} the broker's`;
  const todo = "Access works all the same, but set it by NTP: records and logs are compared by time.";
  return Math.abs(offsetMs) > offsetMsMax ? wrong("clock", found, todo) : note("clock", found, todo);
}

const certificateDaysMin = 14;

async function lookAtTransport(issuer: string): Promise<Finding> {
  const url = new URL(issuer);
  if (url.protocol === "http:") {
    if (/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) {
      return good("transport", "clear text, on this machine only");
    }
    return wrong("transport", "clear text to another machine", "Serve with --tls-cert and --tls-key.");
  }
  const { endsAt, inDays } = await certificateEnd(url);
  const found = `TLS, certificate until ${endsAt}`;
  if (inDays >= certificateDaysMin) return good("transport", found);
  return note("transport", found, "Renew the broker's certificate.");
}

async function lookAtAccess(invocation: Invocation): Promise<Finding> {
  try {
    const { speaker, close } = await invocation.signIn(invocation.profile);
    try {
      const { value } = await read(speaker, whoamiSchema, { method: "GET", path: "/v1/whoami" });
      const { name, role, kind, organisation } = value;
      return good("access", `${name}, ${role ?? kind}, ${organisation?.name ?? "for the broker itself"}`);
    } finally {
      await close();
    }
  } catch (error) {
    if (!(error instanceof ParleyRefusal || error instanceof ParleyFault)) throw error;
    const [found = "", ...todo] = explain(error)
      .replace(/^parley: /, "")
      .split("\n");
    return wrong("access", found, todo.join(" ").trim());
  }
}
