/** The rows that the model's town begins with, and the ids of what it names by number. */
import { hash } from "node:crypto";
import { completeTerms, termsText } from "@parley/protocol";
import type { Change } from "../../governance/change.js";
import * as cast from "../../governance/testing/cast.js";
import { membershipRow, participationRow, workgroupRow } from "../../governance/testing/city.js";
import { concurrentMax, idleMs, joinMs, proposalMs } from "./session-model.js";
import { agentCount, agentOfInstance, instanceCount, orgCount, orgOfAgent, type State } from "./shapes.js";

const { idOf } = cast;
export const digest = (text: string): string => hash("sha256", text, "base64url");
export const organisation = (n: number) => idOf("organisation", n + 1);
export const admin = (n: number) => idOf("operator", n + 1);
export const agent = (n: number) => idOf("agent", n + 1);
export const instance = (n: number) => idOf("instance", n + 1);
export const group = (n: number) => idOf("workgroup", n + 1);
export const contract = (n: number) => idOf("contract", n + 1);
export const root = idOf("operator", 99);
export const acceptances = ["open", "provider", "operator"] as const;

export const termsFor = (acceptance: (typeof acceptances)[number], tag: string | undefined) =>
  completeTerms({
    acceptance,
    maxConcurrentSessions: concurrentMax,
    proposalTimeoutSeconds: proposalMs / 1_000,
    joinTimeoutSeconds: joinMs / 1_000,
    idleTimeoutSeconds: idleMs / 1_000,
    requiredTags: tag === undefined ? {} : { [tag]: "yes" },
  });
export const tagsOf = (tags: readonly string[]) => Object.fromEntries(tags.map((one) => [one, "yes"]));

/** The rows that the story begins with. */
export function beginningRows({ groups, now }: State): Change[] {
  const rows: Change[] = [{ do: "put", table: "operators", row: cast.operatorRow(root, null, "platform") }];
  for (let n = 0; n < orgCount; n++) {
    rows.push({ do: "put", table: "organisations", row: cast.organisationRow(organisation(n), `org-${n}`) });
    rows.push({ do: "put", table: "operators", row: cast.operatorRow(admin(n), organisation(n), "admin") });
  }
  for (let n = 0; n < agentCount; n++) rows.push(...agentRows(n, now));
  for (let n = 0; n < instanceCount; n++) rows.push(...instanceRows(n));
  groups.forEach((one, at) => {
    rows.push({
      do: "put",
      table: "workgroups",
      row: workgroupRow(group(at), organisation(one.owner), `group-${at}`),
    });
    for (const org of one.inside)
      rows.push({ do: "put", table: "participations", row: participationRow(group(at), organisation(org)) });
    for (const { agent: of, offer, engage } of one.named) {
      const row = membershipRow(group(at), agent(of), organisation(orgOfAgent(of)), { offer, engage });
      const { workgroup, agent: named, organisation: by, participation } = row;
      const given = { workgroup, agent: named, organisation: by, participation, offer, engage };
      rows.push({ do: "put", table: "memberships", row }, { do: "put", table: "namedMembers", row: given });
    }
  });
  return rows;
}

export function agentRows(n: number, now: number): Change[] {
  const owner = organisation(orgOfAgent(n));
  const made = {
    id: contract(n),
    organisation: owner,
    name: `terms-${n}`,
    state: "active",
    latest: 6,
    createdAt: now,
  } as const;
  const versions = acceptances.flatMap((acceptance) =>
    [undefined, "t0"].map((tag) => termsFor(acceptance, tag)),
  );
  return [
    { do: "put", table: "agents", row: { ...cast.agentRow(agent(n), owner, `agent-${n}`), tags: {} } },
    { do: "put", table: "contracts", row: made },
    ...versions.map((terms, index): Change => {
      const signed = { statement: "signed", by: admin(orgOfAgent(n)), createdAt: now };
      const termsDigest = digest(termsText(terms));
      const row = {
        contract: made.id,
        number: index + 1,
        organisation: owner,
        terms,
        termsDigest,
        ...signed,
      };
      return { do: "put", table: "contractVersions", row };
    }),
  ];
}

export function instanceRows(n: number): Change[] {
  const of = agentOfInstance(n);
  const owner = organisation(orgOfAgent(of));
  const { connection, epoch } = socketOf(n);
  const open = {
    agent: agent(of),
    organisation: owner,
    connection,
    epoch,
    state: "open",
    changedAt: 0,
    goodbye: false,
  } as const;
  return [
    { do: "put", table: "instances", row: cast.instanceRow(instance(n), agent(of), owner) },
    { do: "put", table: "connections", row: { instance: instance(n), ...open } },
  ];
}

export const socketOf = (n: number) => ({ connection: idOf("connection", n + 1), epoch: 1 });
