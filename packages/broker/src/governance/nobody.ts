/**
 * Ids that nobody has: what is looked up or counted by one is not found and nothing, by the same statement as anything
 * else, so that what is hidden costs what is absent costs.
 */
import type {
  AgentId,
  ContractId,
  InstanceId,
  OperatorId,
  OrganisationId,
  WorkgroupId,
} from "@parley/protocol";

export const nowhere = "" as OrganisationId;
export const noAgent = "" as AgentId;
export const noContract = "" as ContractId;
export const noInstance = "" as InstanceId;
export const noOperator = "" as OperatorId;
export const noWorkgroup = "" as WorkgroupId;
