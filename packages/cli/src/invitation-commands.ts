/**
 * Inviting an organisation into a workgroup, and answering such an invitation. Whoever consents is shown what it
 * consents to, and signs the digest of exactly that.
 */
import { isRefused } from "@parley/agent-sdk";
import {
  type InvitationView,
  invitationSchema,
  isId,
  pageOf,
  type WorkgroupView,
  workgroupSchema,
} from "@parley/protocol";
import type { Command } from "commander";
import type { z } from "zod";
import { answer, detailsOf, list, type PageOptions, type Read, read } from "./answer.js";
import { Complaint } from "./complaint.js";
import { invitationColumns, invitationDetails, waitingFor } from "./engagement-columns.js";
import { exitCodes } from "./exit-codes.js";
import {
  confirmed,
  type Invocation,
  invocationOf,
  type Outside,
  type Speaker,
  speaking,
} from "./invocation.js";
import { withPages } from "./list-options.js";
import { idOf, workgroupAt, workgroupPath } from "./naming.js";
import { stepAfterRefusal } from "./next-steps.js";
import { details, plain } from "./table.js";

const pathOf = ({ workgroup, id }: InvitationView): string =>
  `/v1/workgroups/${workgroup.id}/invitations/${id}`;

type ReadInvitation = Read<typeof invitationSchema>;

/** One to one's own organisation, or one of the workgroups that it is in. */
async function invitationCalled(speaker: Speaker, text: string): Promise<ReadInvitation> {
  const id = idOf("invitation", text);
  const own = await readIfSeen(speaker, `/v1/invitations/${id}`);
  if (own !== undefined) return own;
  for await (const { id: workgroup } of each(speaker, "/v1/workgroups", workgroupSchema)) {
    const found = await readIfSeen(speaker, `/v1/workgroups/${workgroup}/invitations/${id}`);
    if (found !== undefined) return found;
  }
  throw new Complaint(
    `there is no invitation ${id} that you may see`,
    exitCodes.refused,
    "`parley invitation list` shows those to you; with --workgroup WORKGROUP, those of a workgroup you are in.",
  );
}

async function readIfSeen(speaker: Speaker, path: string): Promise<ReadInvitation | undefined> {
  try {
    return await read(speaker, invitationSchema, { method: "GET", path });
  } catch (error) {
    if (isRefused(error, "not-found")) return undefined;
    throw error;
  }
}

async function* each<T>(speaker: Speaker, path: string, item: z.ZodType<T>): AsyncGenerator<T> {
  for (let cursor: string | undefined; ; ) {
    const ask = { method: "GET", path, query: { limit: 200, cursor } } as const;
    const page: { items: T[]; nextCursor: string | null } = (await read(speaker, pageOf(item), ask)).value;
    yield* page.items;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

async function consent(speaker: Speaker, invitation: InvitationView): Promise<ReadInvitation> {
  const statement = await speaker.statements.consent(invitation);
  const ask = { method: "POST", path: `${pathOf(invitation)}/consent`, body: { statement } } as const;
  return read(speaker, invitationSchema, ask);
}

export function addInviteCommands(workgroup: Command, outside: Outside): void {
  workgroup
    .command("invite")
    .description("invite an organisation by its id, and consent to it yourself (owner)")
    .argument("<workgroup>")
    .argument("<organisation>", "org_…, as its operators have told you")
    .option("--introduction <text>", "who it is: those that are in read this before they consent")
    .action(
      async (text: string, organisation: string, options: { introduction?: string }, command: Command) => {
        const invocation = invocationOf(command, outside);
        if (!isId("organisation", organisation)) {
          throw new Complaint(
            `"${organisation}" is not an id: expected org_…`,
            exitCodes.usage,
            "Its own operators read it in `parley whoami`, and tell you.",
          );
        }
        await speaking(invocation, (speaker) =>
          inviteWith(invocation, speaker, `${workgroupPath(text)}/invitations`, { organisation, ...options }),
        );
      },
    );

  workgroup
    .command("hand-over")
    .description(
      "offer the workgroup to an organisation that is in: it is the owner once it consents (owner)",
    )
    .argument("<workgroup>")
    .argument("<organisation>", "its name or id: `workgroup show` says who is in")
    .action(async (text: string, organisation: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const workgroup = await workgroupAt(speaker, text);
        const body = { organisation: organisationIn(workgroup, organisation) };
        await inviteWith(invocation, speaker, `${workgroupPath(workgroup.id)}/hand-over`, body);
      });
    });
}

/** By name too: whoever is in is seen. */
function organisationIn({ address, organisations }: WorkgroupView, text: string): string {
  if (isId("organisation", text)) return text;
  const found = organisations.find(({ name }) => name === text);
  if (found !== undefined) return found.id;
  const those = organisations.map(({ name }) => name).join(", ");
  throw new Complaint(`"${text}" is not in ${address}`, exitCodes.usage, `Those that are in: ${those}.`);
}

async function inviteWith(
  invocation: Invocation,
  speaker: Speaker,
  path: string,
  body: { organisation: string },
) {
  const made = await read(speaker, invitationSchema, { method: "POST", path, body });
  const consented = await consent(speaker, made.value).catch((error: unknown) => {
    invocation.terminal.note(`${made.value.id} is made, but you have not consented to it:`);
    invocation.terminal.note(`  parley workgroup consent ${made.value.id}`);
    throw error;
  });
  answer(invocation, consented, detailsOf(invitationDetails));
  if (!invocation.json) invocation.terminal.note(whatNext(consented.value));
}

/** Who is to do what now. */
function whatNext(invitation: InvitationView): string {
  const { id, as, organisation, organisations, state, workgroup } = invitation;
  const called = (one: string) => plain(organisations.find((each) => each.id === one)?.name ?? one);
  if (state === "open") {
    const turn = waitingFor(invitation).map(called).join(", ");
    return `Now it waits for ${turn}: \`parley workgroup consent ${id}\`.`;
  }
  if (state !== "consented") return `It is closed: ${state}.`;
  if (as === "owner") return `${called(organisation)} owns ${workgroup.name} now.`;
  const add = `parley workgroup add ${workgroup.id} AGENT --offer --engage`;
  return `${called(organisation)} is in. Its agents are not yet: \`${add}\`.`;
}

export function addConsentCommands(workgroup: Command, outside: Outside): void {
  workgroup
    .command("consent")
    .description("sign your organisation's consent to exactly what the invitation shows")
    .argument("<invitation>")
    .option("--digest <digest>", "consent only if this is still what is shown")
    .action(async (id: string, { digest }: { digest?: string }, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, (speaker) => consentWhenMeant(invocation, speaker, id, digest));
    });

  for (const [verb, what] of [
    ["decline", "say no to an invitation: it is closed"],
    ["withdraw", "take an invitation back"],
  ] as const) {
    workgroup
      .command(verb)
      .description(what)
      .argument("<invitation>")
      .action(async (id: string, _options, command: Command) => {
        const invocation = invocationOf(command, outside);
        await speaking(invocation, async (speaker) => {
          const path = `${pathOf((await invitationCalled(speaker, id)).value)}/${verb}`;
          const done = await read(speaker, invitationSchema, { method: "POST", path });
          answer(invocation, done, detailsOf(invitationColumns));
        });
      });
  }
}

async function consentWhenMeant(
  invocation: Invocation,
  speaker: Speaker,
  id: string,
  digest: string | undefined,
): Promise<void> {
  const found = await invitationCalled(speaker, id);
  // Nothing is signed for what is over, whoever says that it is.
  if (found.value.state === "consented") {
    answer(invocation, found, detailsOf(invitationColumns));
    return invocation.terminal.note("It has been consented to already: nothing is left to sign.");
  }
  if (found.value.state !== "open") {
    const message = `this invitation is ${found.value.state}: there is nothing to consent to`;
    throw new Complaint(message, exitCodes.refused, stepAfterRefusal({ code: "invitation.closed" }));
  }
  await meantBy(invocation, found.value, digest);
  // What was signed has been shown: what is new is what has become of it.
  const given = await consent(speaker, found.value);
  answer(invocation, given, detailsOf(invitationColumns));
  if (!invocation.json) invocation.terminal.note(whatNext(given.value));
}

/** Nobody consents to what it has not seen: shown and asked, or named by its digest. */
async function meantBy(invocation: Invocation, invitation: InvitationView, digest: string | undefined) {
  if (digest !== undefined) {
    if (digest === invitation.digest) return;
    throw new Complaint(
      `what is shown now has another digest: ${invitation.digest}`,
      exitCodes.refused,
      `Read it again: \`parley invitation show ${invitation.id}\`.`,
    );
  }
  invocation.terminal.note(details(invitation, invitationDetails));
  if (invocation.yes) return;
  if (!invocation.terminal.interactive) {
    throw new Complaint(
      "say what you consent to: --digest DIGEST, or --yes for what is shown",
      exitCodes.usage,
      `To exactly this: \`parley workgroup consent ${invitation.id} --digest ${invitation.digest}\`.`,
    );
  }
  await confirmed(invocation, "sign this consent");
}

export function addInvitationCommands(program: Command, outside: Outside): void {
  const invitation = program.command("invitation").description("invitations into workgroups");
  withPages(
    invitation
      .command("list")
      .description("invitations to your organisation; or those of a workgroup that you are in")
      .option("--workgroup <workgroup>", "those of this workgroup"),
  ).action(async ({ workgroup, ...pages }: PageOptions & { workgroup?: string }, command: Command) => {
    const invocation = invocationOf(command, outside);
    const path = workgroup === undefined ? "/v1/invitations" : `${workgroupPath(workgroup)}/invitations`;
    const listing = {
      path,
      item: invitationSchema,
      columns: invitationColumns,
      none: "There are no invitations.",
    };
    await speaking(invocation, (speaker) => list(invocation, speaker, listing, pages));
    if (!invocation.json && workgroup === undefined) {
      invocation.terminal.note(
        "These are to your organisation; those of a workgroup that you are in, which may wait for you too: --workgroup WORKGROUP.",
      );
    }
  });

  invitation
    .command("show")
    .description("one invitation, with everything that a consent is given to")
    .argument("<invitation>")
    .action(async (id: string, _options, command: Command) => {
      const invocation = invocationOf(command, outside);
      await speaking(invocation, async (speaker) => {
        const found = await invitationCalled(speaker, id);
        answer(invocation, found, detailsOf(invitationDetails));
        if (!invocation.json && found.value.state === "open") invocation.terminal.note(whatNext(found.value));
      });
    });
}
