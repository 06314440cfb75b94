/** The facts from which the rows that the model's town begins with could have come: what is told of a past begins there. */
import type { InvitationId } from "@parley/protocol";
import type { Change } from "../../governance/change.js";
import type { ContractVersion } from "../../governance/engagement-entities.js";
import { happened, type NewFact, streamOf, workgroupStream } from "../../governance/fact.js";
import { idOf } from "../../governance/testing/cast.js";
import { invitationRow } from "../../governance/testing/city.js";
import type { Participation } from "../../governance/workgroup/workgroup-entities.js";
import { beginningRows, group, organisation } from "./rows.js";
import type { State } from "./shapes.js";

type Put<T extends Change["table"]> = Extract<Change, { readonly do: "put"; readonly table: T }>["row"];

const told = { actor: "broker", cause: idOf("command", 1), subject: "the beginning" } as const;

const invitation: InvitationId = idOf("invitation", 9_999);

/** Whoever came in was invited: one stands for all, and is over. */
export function beginningInvitation({ now }: State): Change {
  const over = { state: "consented", endedAt: now, expiresAt: now } as const;
  const row = invitationRow(invitation, group(0), organisation(0), organisation(1), over);
  return { do: "put", table: "invitations", row };
}

export function beginningFacts(state: State): NewFact[] {
  const rows = beginningRows(state);
  const of = <T extends Change["table"]>(table: T): Put<T>[] =>
    rows.flatMap((row) => (row.do === "put" && row.table === table ? [row.row as Put<T>] : []));
  const owned = { statement: "signed", invitation };
  const versionsOf = (id: string): ContractVersion[] =>
    of("contractVersions").filter(({ contract }) => contract === id);
  return [
    ...of("organisations").map((organisation) =>
      happened(streamOf(organisation.id), "organisation.created", told, { organisation }),
    ),
    ...of("agents").map((one) => happened(streamOf(one.organisation), "agent.created", told, { agent: one })),
    ...of("contracts").flatMap((contract) =>
      versionsOf(contract.id).map((version, at) =>
        at === 0
          ? happened(streamOf(contract.organisation), "contract.created", told, { contract, version })
          : happened(streamOf(contract.organisation), "contract.versioned", told, { version }),
      ),
    ),
    ...of("workgroups").flatMap((workgroup) => {
      const inside: Participation[] = of("participations").filter((one) => one.workgroup === workgroup.id);
      return inside.map((participation) =>
        participation.organisation === workgroup.owner
          ? happened(workgroupStream(workgroup.id), "workgroup.created", told, { workgroup, participation })
          : happened(workgroupStream(workgroup.id), "workgroup.entered", told, {
              ...{ participation, ...owned },
              organisation: { id: participation.organisation, name: "" },
            }),
      );
    }),
    ...of("memberships").map((membership) => {
      const { workgroup, organisation } = membership;
      const members = [{ name: "", membership }];
      return happened(workgroupStream(workgroup), "memberships.changed", told, {
        workgroup,
        organisation,
        members,
      });
    }),
    ...of("namedMembers").map((member) =>
      happened(streamOf(member.organisation), "member.named", told, { member }),
    ),
  ];
}
