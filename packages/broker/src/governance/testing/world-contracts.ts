/** What decisions about contracts and advertisements ask, answered from a world in plain maps. */
import type { AgentId } from "@parley/protocol";
import type { ContractVersion } from "../engagement-entities.js";
import { type Answering, all, get, owned, type World } from "./rows.js";
import { memberAmong } from "./world-sessions.js";

/** To an agent, what requires workgroups in which it is. */
function isSeen(world: World, agent: AgentId | null, { terms }: ContractVersion): boolean {
  if (agent === null) return true;
  const workgroups = terms.requiredWorkgroups;
  return memberAmong(world, { agent, workgroups }).length === workgroups.length;
}

export const contractAnswers = {
  contract: (world, { organisation, agent, id }) => {
    const contract = owned(get(world, "contracts", { id }), organisation);
    const versions = all(world, "contractVersions").filter((row) => row.contract === id);
    return agent === null || versions.some((version) => isSeen(world, agent, version)) ? contract : undefined;
  },
  contractNamed: (world, { organisation, name }) =>
    all(world, "contracts").find(
      (row) => row.organisation === organisation && row.name === name && row.state === "active",
    ),
  contractCount: (world, { organisation }) =>
    all(world, "contracts").filter((row) => row.organisation === organisation && row.state === "active")
      .length,
  contractVersion: (world, { organisation, agent, contract, termsDigest }) =>
    all(world, "contractVersions").find(
      (row) =>
        row.organisation === organisation &&
        row.contract === contract &&
        row.termsDigest === termsDigest &&
        isSeen(world, agent, row),
    ),
  versionCount: (world, { contract }) =>
    all(world, "contractVersions").filter((row) => row.contract === contract).length,
  contractUses: (world, { contract }) =>
    all(world, "advertisements").filter(
      ({ state, content }) => state === "active" && content.contract.id === contract,
    ).length,
  advertisement: (world, { organisation, agent, name }) =>
    all(world, "advertisements").find(
      (row) => row.organisation === organisation && row.agent === agent && row.name === name,
    ),
  advertisementCount: (world, { agent }) =>
    all(world, "advertisements").filter((row) => row.agent === agent && row.state === "active").length,
} satisfies Partial<Answering>;
