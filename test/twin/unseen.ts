/**
 * What only one of the two worlds has: strangers, and what north and south have without the observer. Some of it is
 * there from the first day on; the rest happens, act by act, while the observer is asking. In the other world the same
 * ids are made up.
 */
import { makeId } from "@parley/protocol";
import {
  addMember,
  bringIn,
  consent,
  inviteInto,
  makeContract,
  makeWorkgroup,
} from "../fixtures/dealings.js";
import type { Principal } from "../fixtures/principal.js";
import { makeAgent, makeInstance, makeOperator, makeOrganisation, mintFor } from "../fixtures/world.js";
import { accept, type Engaged, offer, openTrader, propose, type Scene, slow, type Trader } from "./scene.js";

/** One of everything that can be named in a request, none of which the observer sees. */
export interface Targets {
  readonly organisation: string;
  readonly operator: string;
  readonly agent: string;
  readonly token: string;
  readonly instance: string;
  readonly workgroup: string;
  readonly invitation: string;
  readonly selector: string;
  readonly contract: string;
  readonly advertisement: string;
  readonly session: string;
  readonly name: string;
}

export interface Unseen {
  readonly targets: Readonly<Record<"strangers" | "neighbours", Targets>>;
  /** An organisation that the observer will invite, and one that it will not. */
  readonly invited: string;
  /** The next thing that happens without the observer; nothing where nothing does. */
  beat(): Promise<void>;
  /** Something that a watch of those who see it hears of; in the other world, nothing. */
  stir(): Promise<void>;
}

const madeUp = (): Targets => ({
  organisation: makeId("organisation"),
  operator: makeId("operator"),
  agent: makeId("agent"),
  token: makeId("enrolmentToken"),
  instance: makeId("instance"),
  workgroup: makeId("workgroup"),
  invitation: makeId("invitation"),
  selector: makeId("selector"),
  contract: makeId("contract"),
  advertisement: makeId("advertisement"),
  session: makeId("session"),
  name: "vault",
});

export const nothingUnseen = (): Unseen => ({
  targets: { strangers: madeUp(), neighbours: madeUp() },
  invited: makeId("organisation"),
  beat: async () => undefined,
  stir: async () => undefined,
});

interface Strangers {
  readonly stranger: Trader;
  readonly lurker: Trader;
  readonly market: string;
}

/** From the first day on: who has been there longer, has more, and has the names that the observer will want. */
export async function openStrangers(platform: Principal): Promise<Strangers> {
  const stranger = await openTrader(platform, "stranger");
  const lurker = await openTrader(platform, "lurker");
  const market = await makeWorkgroup(stranger.admin, "markets-channel");
  await bringIn(stranger, market, lurker);
  for (const { admin, agent } of [stranger, lurker]) await addMember(admin, market, agent);
  // Of the offers that the observer sees, one that is neither the first nor the last is of that name: counted with these
  // it would change its place, whether more comes first or last.
  for (const name of ["observer-terms", "terms", "spot"]) {
    const contract = await makeContract(stranger.admin, name, slow);
    const what = { workgroups: [market], contract, description: "spot prices of metals, metals, metals" };
    const capabilities = ["markets", "markets.spot", "markets.spot.metals"];
    await offer(stranger.instance, stranger.agent, name, { ...what, capabilities });
  }
  for (const name of ["scout", "pilot", "zulu"]) await makeAgent(stranger.admin, name);
  return { stranger, lurker, market };
}

/** All of `of`'s, in a workgroup in which it is with `other`: the session is of the two. */
async function targetsOf(
  platform: Principal,
  of: Trader,
  other: Trader,
  market: string,
): Promise<Targets & { readonly engaged: Engaged }> {
  const workgroup = await makeWorkgroup(of.admin, "backroom");
  await bringIn(of, workgroup, other);
  const agent = await makeAgent(of.admin, `${of.name}-vault`);
  const instance = await makeInstance(of.admin, agent);
  const contract = await makeContract(of.admin, "vault-terms", { ...slow, requiredWorkgroups: [workgroup] });
  for (const [admin, member] of [
    [of.admin, agent],
    [of.admin, of.agent],
    [other.admin, other.agent],
  ] as const)
    await addMember(admin, workgroup, member);
  const what = { workgroups: [workgroup], contract, description: "metals that nobody hears of" };
  const advertisement = await offer(instance, agent, "vault", what);
  const selector = { tags: { env: "prod" }, offer: true };
  const engaged = { advertisement, workgroup, termsDigest: contract.termsDigest };
  const guest = await makeOrganisation(platform, `${of.name}-guest`);
  return {
    organisation: of.id,
    operator: (await makeOperator(of.admin, "second", "admin")).id,
    agent,
    token: (await mintFor(of.admin, agent)).id,
    instance: instance.id,
    workgroup,
    invitation: (await inviteInto(of.admin, workgroup, guest.id)).id,
    selector: (await of.admin.done<{ id: string }>("POST", `/v1/workgroups/${market}/selectors`, selector))
      .id,
    contract: contract.id,
    advertisement,
    session: await propose(other.instance, engaged),
    name: "vault",
    engaged,
  };
}

type Act = () => Promise<unknown>;

/** Done once, each in its turn. */
function acts(
  scene: Scene,
  { stranger, lurker, market }: Strangers,
  backroom: string,
  rival: string,
): readonly Act[] {
  const { platform, observer, north, south, spot, terms } = scene;
  const inMarket = { advertisement: spot, workgroup: scene.market, termsDigest: terms.termsDigest };
  const suspend = (by: Trader, agent: string) => by.admin.done("POST", `/v1/agents/${agent}/suspend`);
  return [
    // Invited by strangers, and by what is not told yet: nobody has consented.
    () => inviteInto(stranger.admin, market, observer.id),
    () => inviteInto(stranger.admin, market, rival),
    // Of the market, which the observer knows: sessions of others there, as many as a consumer may have.
    async () => {
      for (let open = 0; open < 7; open += 1) await propose(south.instance, inMarket);
    },
    async () => accept(north.instance, await propose(south.instance, { ...inMarket, purpose: "secret" })),
    async () => {
      const session = await propose(south.instance, inMarket).catch(() => undefined);
      if (session !== undefined) await south.admin.done("POST", `/v1/sessions/${session}/withdraw`);
    },
    () => makeContract(north.admin, "north-only", slow),
    async () => makeInstance(north.admin, await makeAgent(north.admin, "lookout")),
    () => makeOrganisation(platform, "tenant-seven"),
    async () => suspend(stranger, await makeAgent(stranger.admin, "fallen")),
    async () => makeWorkgroup(north.admin, "second-room"),
    async () => bringIn(north, await makeWorkgroup(north.admin, "third-room"), lurker),
    async () => {
      const open = await makeContract(stranger.admin, "open-terms", { ...slow, acceptance: "open" });
      const what = { workgroups: [market], contract: open, capabilities: ["markets.spot", "quotes"] };
      const advertisement = await offer(stranger.instance, stranger.agent, "quotes", what);
      await propose(lurker.instance, { advertisement, workgroup: market, termsDigest: open.termsDigest });
    },
    () => stranger.admin.done("POST", `/v1/workgroups/${market}/dissolve`),
    // Of the market's name, and there for as long as the observer asks by that name.
    () => makeWorkgroup(lurker.admin, "markets-channel"),
    () => south.admin.done("POST", `/v1/workgroups/${backroom}/leave`),
  ];
}

async function openInvitation(owner: Trader, invited: string): Promise<void> {
  const workgroup = await makeWorkgroup(owner.admin, "guests");
  await consent(owner, await inviteInto(owner.admin, workgroup, invited));
}

export async function openUnseen(scene: Scene, strangers: Strangers): Promise<Unseen> {
  const { north, south, market, terms } = scene;
  const { stranger, lurker } = strangers;
  const neighbours = await targetsOf(scene.platform, north, south, market);
  const theirs = await targetsOf(scene.platform, stranger, lurker, strangers.market);
  const { admin } = stranger;
  const theirInstance = await makeInstance(admin, theirs.agent);
  const guest = await makeOrganisation(scene.platform, "guest");
  await openInvitation(stranger, guest.id);
  const left = acts(scene, strangers, neighbours.workgroup, guest.id)[Symbol.iterator]();
  let beats = 0;
  let isElsewhere = false;
  /** What the observer sees is offered where it does not see, and there no more: nothing that it sees is other than it was. */
  const offerElsewhere = async () => {
    isElsewhere = !isElsewhere;
    const workgroups = isElsewhere ? [market, neighbours.workgroup] : [market];
    const what = { workgroups, contract: terms, description: "spot prices of metals" };
    await offer(north.instance, north.agent, "spot", what);
  };
  /** When all has happened once, there is still no end of it. */
  const again = async () => {
    await makeAgent(stranger.admin, `more-${beats}`);
    const what = { workgroups: [theirs.workgroup], description: `metals, ${beats}` };
    await offer(stranger.instance, stranger.agent, `more-${beats % 50}`, what);
    await offerElsewhere();
    await comeAndGo();
  };
  const comeAndGo = async () => {
    const session = await propose(lurker.instance, theirs.engaged);
    await accept(theirInstance, session);
    await lurker.admin.done("POST", `/v1/sessions/${session}/close`);
  };
  return {
    // North itself is seen: of its neighbours there, the one that is not is named.
    targets: { strangers: theirs, neighbours: { ...neighbours, organisation: lurker.id } },
    invited: guest.id,
    async beat() {
      beats += 1;
      const { value: act = beats % 5 === 0 ? again : undefined } = left.next();
      await act?.();
    },
    async stir() {
      const what = { workgroups: [neighbours.workgroup], description: `metals, stirred ${beats}` };
      await offer(north.instance, north.agent, "stirred", what);
      await offerElsewhere();
      await comeAndGo();
    },
  };
}
