/** Commands one after the other in one world, each by somebody: what a test tells as a story. */
import type { InvitationId, OperatorId, OrganisationId } from "@parley/protocol";
import type { Caller, Command, CommandAnswers, CommandKind, Commands } from "../command.js";
import type { Verdict } from "../verdict.js";
import { callerOf, command } from "./asked.js";
import { consentOf } from "./asked-workgroups.js";
import * as cast from "./cast.js";
import { city } from "./city.js";
import { settle } from "./decide.js";

export class Story {
  readonly world = city();
  now = cast.now;
  #told = 1_000;

  /** A second passes before each. */
  tell<K extends CommandKind>(
    by: Caller["principal"],
    kind: K,
    more: Partial<Commands[K]> = {},
  ): Verdict<CommandAnswers[K]> {
    this.now += 1_000;
    const id = cast.idOf("command", ++this.#told);
    const asked = { ...command(kind, more), id, caller: callerOf(this.world, by) };
    return settle(this.world, asked as Command<K>, this.now);
  }

  invite(by: OperatorId, workgroup: string, organisation: OrganisationId): InvitationId {
    const invitation = cast.idOf("invitation", ++this.#told);
    const verdict = this.tell(by, "workgroup.invite", { workgroup, invitation, organisation });
    if (verdict.verdict === "refused") throw new RangeError(`not invited: ${verdict.refusal.code}`);
    return invitation;
  }

  handOver(by: OperatorId, workgroup: string, organisation: OrganisationId): InvitationId {
    const invitation = cast.idOf("invitation", ++this.#told);
    const verdict = this.tell(by, "workgroup.hand-over", { workgroup, invitation, organisation });
    if (verdict.verdict === "refused") throw new RangeError(`not handed over: ${verdict.refusal.code}`);
    return invitation;
  }

  /** To what stands at that moment. */
  consent(by: OperatorId, workgroup: string, invitation: InvitationId) {
    const statement = consentOf(this.world, by, invitation);
    return this.tell(by, "invitation.consent", { workgroup, invitation, statement });
  }
}

/** What was said, and where: `workgroup` and `org` stand for the streams. */
export const said = ({ facts }: Verdict): readonly string[] =>
  facts.map(({ stream, kind }) => `${stream.split(":")[0]} ${kind}`);

export const codeOf = (verdict: Verdict): string =>
  verdict.verdict === "accepted" ? "accepted" : verdict.refusal.code;
