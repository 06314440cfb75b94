/** The observer makes things: under names that hidden things have, and with organisations of which it sees nothing. */
import type { InvitationView } from "@parley/protocol";
import { consentBody, termsBody } from "../fixtures/dealings.js";
import { jsonOf } from "../fixtures/exchange.js";
import { askEnrolment } from "../fixtures/principal.js";
import { makeKey } from "../fixtures/signing.js";
import type { Asking } from "./asking.js";
import { slow, type Terms } from "./scene.js";

interface Identified {
  readonly id: string;
}

const purposes = { purpose: "quotes", rules: "be kind" };

/** Names are taken within their organisation, and nowhere else. */
export async function takeNames(asking: Asking): Promise<Terms> {
  const { admin, agent } = asking.scene.observer;
  for (const name of ["vault", "scout", "pilot", "vault"])
    await asking.ask(admin, "POST", "/v1/agents", { name, owner: "ops@example.org" });
  await asking.ask(admin, "POST", "/v1/operators", { name: "second", role: "auditor" });
  for (const name of ["backroom", "markets-channel", "guests", "backroom"])
    await asking.ask(admin, "POST", "/v1/workgroups", { name, ...purposes });
  await asking.get(admin, "/v1/workgroups/backroom");
  await asking.get(admin, "/v1/workgroups/markets-channel");
  for (const name of ["vault-terms", "vault-terms"])
    await asking.ask(admin, "POST", "/v1/contracts", { name, ...termsBody(admin, name, {}) });
  const body = { name: "observer-terms", ...termsBody(admin, "observer-terms", slow) };
  const key = { "idempotency-key": "once" };
  const made = await asking.made<Identified & { latest: Terms }>(admin, "POST", "/v1/contracts", body, key);
  await asking.ask(admin, "POST", "/v1/contracts", body, key);
  await asking.ask(admin, "PATCH", `/v1/agents/${agent}`, { tags: { env: "prod" } }, { "if-match": '"v9"' });
  const { headers } = await asking.get(admin, `/v1/agents/${agent}`);
  const fresh = { "if-match": headers.etag ?? "" };
  await asking.ask(admin, "PATCH", `/v1/agents/${agent}`, { tags: { env: "prod" } }, fresh);
  return { id: made.id, termsDigest: made.latest.termsDigest };
}

/** Of an organisation that exists or of an id that nobody has: it is invited, waits, and is told of or not. */
export async function invite(asking: Asking): Promise<void> {
  const { observer, north, south } = asking.scene;
  const { admin, auditor } = observer;
  const made = await asking.made<Identified>(admin, "POST", "/v1/workgroups", { name: "salon", ...purposes });
  const inside = `/v1/workgroups/${made.id}`;
  const invited = [asking.unseen.invited, asking.unseen.targets.neighbours.organisation];
  for (const organisation of [...invited, ...invited]) {
    const body = { organisation, introduction: "a stranger" };
    const answer = await asking.ask(admin, "POST", `${inside}/invitations`, body);
    if (answer.status !== 201) continue;
    const shown = jsonOf<InvitationView>(answer);
    const one = `${inside}/invitations/${shown.id}`;
    await asking.get(auditor, one);
    await asking.ask(admin, "POST", `${one}/consent`, consentBody(admin, observer.id, shown));
    await asking.get(admin, one);
    await asking.get(admin, `/v1/invitations/${shown.id}`);
  }
  await asking.pages(admin, `${inside}/invitations`, 1);
  for (const organisation of invited)
    await asking.ask(admin, "POST", `${inside}/hand-over`, { organisation });
  const last = { organisation: south.id };
  const { id } = await asking.made<Identified>(admin, "POST", `${inside}/invitations`, last);
  await asking.ask(admin, "POST", `${inside}/invitations/${id}/withdraw`);
  await asking.get(admin, `${inside}/invitations/${id}`);
  await asking.get(admin, inside);
  await asking.ask(admin, "POST", `${inside}/dissolve`);
  await comeIn(asking, north.admin);
}

/** By north: told of it, the observer consents and leaves again. */
async function comeIn(asking: Asking, inviter: Asking["scene"]["north"]["admin"]): Promise<void> {
  const { observer, north } = asking.scene;
  const body = { name: "annexe", ...purposes };
  const { id } = await inviter.done<Identified>("POST", "/v1/workgroups", body);
  const asked = { organisation: observer.id };
  const shown = await inviter.done<InvitationView>("POST", `/v1/workgroups/${id}/invitations`, asked);
  const path = `/v1/workgroups/${id}/invitations/${shown.id}/consent`;
  await asking.get(observer.admin, `/v1/workgroups/${id}`);
  await inviter.done("POST", path, consentBody(inviter, north.id, shown));
  await asking.pages(observer.admin, "/v1/invitations", 1);
  const told = await asking.made<InvitationView>(observer.admin, "GET", `/v1/invitations/${shown.id}`);
  await asking.ask(observer.admin, "POST", path, consentBody(observer.admin, observer.id, told));
  await asking.get(observer.admin, `/v1/workgroups/${id}`);
  await asking.get(observer.admin, `/v1/audit/facts?stream=workgroup:${id}`);
  await asking.ask(observer.admin, "POST", `/v1/workgroups/${id}/leave`);
  await asking.get(observer.admin, `/v1/audit/facts?stream=workgroup:${id}`);
}

/** A key that somebody else has, tokens that nobody has: nothing of whom they are. */
export async function tryKeys(asking: Asking): Promise<void> {
  const { observer, broker } = asking.scene;
  const nobody = await askEnrolment(broker, "A".repeat(43), makeKey());
  asking.transcript.answered("nobody enrols", nobody);
  await asking.ask(observer.admin, "POST", `/v1/agents/${observer.agent}/enrolment-tokens`, { uses: 2 });
}
