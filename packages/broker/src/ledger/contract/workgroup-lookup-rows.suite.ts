/** What decisions ask about workgroups, as a table: what was put, what is asked, what is found. */
import type { Lookups } from "../../governance/question.js";
import type { Invitation } from "../../governance/workgroup/workgroup-entities.js";
import type { Address, WorkgroupLookups } from "../../governance/workgroup/workgroup-lookups.js";
import type { LookupTable } from "./lookup-rows.suite.js";
import { type AnyChange, put } from "./opened.suite.js";
import { agent, agt, org, organisation } from "./rows.suite.js";
import * as rows from "./workgroup-rows.suite.js";
import { inv, invitation, membership, participation, since, wkg, workgroup } from "./workgroup-rows.suite.js";

const now = 5_000;
const old = { participation: since - 1 };
const nothing = { offer: false, engage: false };

/** Organisation 1 is in workgroups 1 (its own), 2 and the dissolved 3, has left 4, and never was in 5. */
const groups = [
  workgroup(1),
  workgroup(2, { owner: org(2) }),
  workgroup(3, { state: "dissolved", name: "workgroup-1" }),
  workgroup(4, { owner: org(2), name: "workgroup-1" }),
  workgroup(5, { owner: org(3), name: "workgroup-1" }),
] as const;
const [first, second, dissolved] = groups;
export const world: readonly AnyChange[] = [
  ...put("organisations", organisation(1), organisation(2), organisation(3)),
  ...put("agents", agent(1), agent(2, { organisation: org(2) }), agent(3)),
  ...put("workgroups", ...groups),
  ...put(
    "participations",
    participation(2),
    participation(1),
    participation(3, { state: "left" }),
    participation(1, { workgroup: wkg(2) }),
    participation(2, { workgroup: wkg(2) }),
    participation(1, { workgroup: wkg(3) }),
    participation(1, { workgroup: wkg(4), state: "left" }),
    participation(2, { workgroup: wkg(4) }),
    participation(3, { workgroup: wkg(5) }),
  ),
];

const by = (
  over: Partial<Omit<Lookups["workgroupsAddressed"]["ask"], "address">> & { address: Partial<Address> },
) => ({
  organisation: org(1),
  agent: null,
  ...over,
  address: { id: null, owner: null, name: null, ...over.address },
});
const asAgent = { agent: agt(1) };
const member = (over: Parameters<typeof membership>[1] = {}) => [
  ...world,
  ...put("memberships", membership(1, over)),
];
const alike = ["b", "c", "a"].map((_, n) => workgroup(11 + n, { name: "alike" }));
const aliked = [
  ...world,
  ...put("workgroups", ...alike),
  ...put("participations", ...alike.map(({ id }) => participation(1, { workgroup: id }))),
];

const renamed = [...world, ...put("workgroups", workgroup(3, { state: "dissolved", name: "gone" }))];

const shown = { shownAt: 4_000 };
const invited = (over: Parameters<typeof invitation>[1] = {}): AnyChange[] => [
  ...world,
  ...put("invitations", invitation(1, { invitee: org(3), ...over }), invitation(2, { workgroup: wkg(2) })),
  ...put("consents", rows.consent(2), rows.consent(1), rows.consent(1, { invitation: inv(2) })),
];
const found = (over: Parameters<typeof invitation>[1] = {}) => ({
  invitation: invitation(1, { invitee: org(3), ...over }),
  workgroup: first,
  inviterName: over?.inviter === org(2) ? "organisation-2" : "organisation-1",
  consents: [rows.consent(1), rows.consent(2)],
});
/** Of whoever has been in since then. */
const beforeAndAfter = [
  ["one that ended while the organisation was in", { endedAt: since + 1 }, true],
  ["hidden: one that had ended when the organisation came in", { endedAt: since }, false],
  ["one whose time passed while it was in", { expiresAt: since + 1 }, true],
  ["hidden: one whose time had passed by then", { expiresAt: since }, false],
  [
    "hidden: one whose time had passed, and whose end was written later",
    { expiresAt: since, endedAt: since + 1 },
    false,
  ],
  ["its own of before", { inviter: org(2), endedAt: since }, true],
  ["one of before of which it was told", { invitee: org(2), endedAt: since, ...shown }, true],
  ["hidden: one of before of which it was not told", { invitee: org(2), endedAt: since }, false],
] as const satisfies readonly (readonly [string, Partial<Invitation>, boolean])[];
const invitations: readonly AnyChange[] = [
  ...world,
  ...put(
    "invitations",
    invitation(3, { expiresAt: now + 1 }),
    invitation(1),
    invitation(2, { expiresAt: now }),
    invitation(4, { state: "declined" }),
    invitation(5, { inviter: org(2), workgroup: wkg(2) }),
    invitation(6, { workgroup: wkg(3) }),
    invitation(7, { state: "consented" }),
  ),
];

const addressed: LookupTable<Pick<WorkgroupLookups, "workgroupsAddressed">>["workgroupsAddressed"] = [
  ["by its id what the organisation is in", world, by({ address: { id: wkg(2) } }), [second]],
  ["by its id what is dissolved", world, by({ address: { id: wkg(3) } }), [dissolved]],
  ["hidden: what the organisation has left", world, by({ address: { id: wkg(4) } }), []],
  ["hidden: what the organisation never was in", world, by({ address: { id: wkg(5) } }), []],
  ["nothing under an id that nobody has", world, by({ address: { id: wkg(9) } }), []],
  ["by owner and name", world, by({ address: { owner: "organisation-2", name: "workgroup-2" } }), [second]],
  [
    "by owner and name the active one, not one that was dissolved",
    world,
    by({ address: { owner: "organisation-1", name: "workgroup-1" } }),
    [first],
  ],
  [
    "nothing by owner and name while the only one is dissolved",
    renamed,
    by({ address: { owner: "organisation-1", name: "gone" } }),
    [],
  ],
  ["hidden by owner and name", world, by({ address: { owner: "organisation-2", name: "workgroup-1" } }), []],
  ["another owner's name", world, by({ address: { owner: "organisation-1", name: "workgroup-2" } }), []],
  ["by a bare name active ones that are seen", world, by({ address: { name: "workgroup-1" } }), [first]],
  ["of one bare name two at most, by id", aliked, by({ address: { name: "alike" } }), alike.slice(0, 2)],
  ["for an agent what it is a member of", member(), by({ ...asAgent, address: { id: wkg(1) } }), [first]],
  [
    "for an agent what it may only offer in",
    member({ engage: false }),
    by({ ...asAgent, address: { name: "workgroup-1" } }),
    [first],
  ],
  ["hidden from an agent that is no member", member(), by({ ...asAgent, address: { id: wkg(2) } }), []],
  ["hidden from an agent without rights", member(nothing), by({ ...asAgent, address: { id: wkg(1) } }), []],
  ["hidden from a member of before", member(old), by({ ...asAgent, address: { id: wkg(1) } }), []],
  [
    "hidden from an agent once it is dissolved",
    member({ workgroup: wkg(3) }),
    by({ ...asAgent, address: { id: wkg(3) } }),
    [],
  ],
];

export const workgroupLookupRows = {
  workgroupsAddressed: addressed,
  workgroupOwned: [
    ["the active one", world, { organisation: org(1), name: "workgroup-1" }, first],
    ["none of another owner", world, { organisation: org(1), name: "workgroup-2" }, undefined],
    [
      "none that is dissolved",
      put("workgroups", dissolved),
      { organisation: org(1), name: "workgroup-1" },
      undefined,
    ],
  ],
  workgroup: [
    ["any", world, { id: wkg(5) }, groups[4]],
    ["none", world, { id: "😀' OR 1=1 --" }, undefined],
  ],
  participation: [
    ["one", world, { workgroup: wkg(1), organisation: org(2) }, participation(2)],
    [
      "one that is over",
      world,
      { workgroup: wkg(1), organisation: org(3) },
      participation(3, { state: "left" }),
    ],
    ["none", world, { workgroup: wkg(5), organisation: org(1) }, undefined],
  ],
  participants: [
    [
      "who is in, by id",
      world,
      { workgroup: wkg(1) },
      [1, 2].map((n) => ({ participation: participation(n), organisation: organisation(n) })),
    ],
    ["nobody", world, { workgroup: wkg(9) }, []],
  ],
  participationCount: [
    ["those in active workgroups", world, { organisation: org(1) }, 2],
    ["none", world, { organisation: org(9) }, 0],
  ],
  participationsOf: [
    [
      "those in active workgroups, by id",
      world,
      { organisation: org(1) },
      [
        { workgroup: first, participation: participation(1) },
        { workgroup: second, participation: participation(1, { workgroup: wkg(2) }) },
      ],
    ],
  ],
  invitation: [
    [
      "one of a workgroup in which the organisation is",
      invited(),
      { organisation: org(2), workgroup: wkg(1), id: inv(1) },
      found(),
    ],
    [
      "one of which the invited organisation was told",
      invited(shown),
      { organisation: org(3), workgroup: wkg(1), id: inv(1) },
      found(shown),
    ],
    [
      "one that is closed, for who was told of it",
      invited({ ...shown, state: "withdrawn" }),
      { organisation: org(3), workgroup: wkg(1), id: inv(1) },
      found({ ...shown, state: "withdrawn" }),
    ],
    ...beforeAndAfter.map(
      ([what, over, isSeen]) =>
        [
          what,
          invited(over),
          { organisation: org(2), workgroup: wkg(1), id: inv(1) },
          isSeen ? found(over) : undefined,
        ] as const,
    ),
    ["hidden: not told yet", invited(), { organisation: org(3), workgroup: wkg(1), id: inv(1) }, undefined],
    [
      "hidden from others",
      invited(shown),
      { organisation: org(4), workgroup: wkg(1), id: inv(1) },
      undefined,
    ],
    [
      "hidden from who has left",
      invited({ ...shown, invitee: org(2) }),
      { organisation: org(3), workgroup: wkg(1), id: inv(1) },
      undefined,
    ],
    [
      "none of another workgroup",
      invited(),
      { organisation: org(1), workgroup: wkg(2), id: inv(1) },
      undefined,
    ],
    ["none", invited(), { organisation: org(1), workgroup: wkg(1), id: "inv_" }, undefined],
  ],
  invitationDue: [
    ["any", invited(), { id: inv(1) }, found()],
    ["none", invited(), { id: inv(9) }, undefined],
  ],
  openInvitationCount: [
    ["open ones that have not expired", invitations, { inviter: org(1), now }, 2],
    ["of another inviter", invitations, { inviter: org(2), now }, 1],
    [
      "none into what the inviter has left",
      [...invitations, ...put("invitations", invitation(8, { workgroup: wkg(4) }))],
      { inviter: org(1), now },
      2,
    ],
    ["none any more", invitations, { inviter: org(1), now: 20_000 }, 0],
  ],
  invitationsMadeSince: [
    ["all, whatever became of them", invitations, { inviter: org(1), since: 0 }, 6],
    ["later ones", invitations, { inviter: org(1), since: 3_003 }, 3],
    ["of another inviter", invitations, { inviter: org(2), since: 3_004 }, 1],
    ["none of who was invited", invitations, { inviter: org(3), since: 0 }, 0],
  ],
  openInvitationsOf: [
    [
      "open ones that have not expired, by id",
      invitations,
      { workgroup: wkg(1), now },
      [invitation(1), invitation(3, { expiresAt: now + 1 })],
    ],
    ["none of another", invitations, { workgroup: wkg(9), now }, []],
  ],
} satisfies Partial<LookupTable<WorkgroupLookups>>;
