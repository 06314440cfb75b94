/**
 * Every route that names something, asked for what is hidden, by everybody of the observer's: made from the table of
 * routes that the broker itself lists, so that a new route without a body here is seen.
 */
import { defaultTermsDigest, makeId } from "@parley/protocol";
import { signed, termsBody } from "../fixtures/dealings.js";
import { type DescribedRoute, readOpenApi, routesIn } from "../fixtures/described-api.js";
import type { Principal } from "../fixtures/principal.js";
import type { Asking } from "./asking.js";
import { offerBody } from "./scene.js";
import type { Targets } from "./unseen.js";

const nothing = () => ({});

/** By whom, with what the path names: what each route takes where nothing else is wrong with it. */
const bodies: Readonly<Record<string, (by: Principal, target: Targets) => unknown>> = {
  "PATCH /v1/operators/{operator}": () => ({ role: "auditor" }),
  "PATCH /v1/agents/{agent}": () => ({ owner: "others" }),
  "POST /v1/organisations/{organisation}/recovery-tokens": nothing,
  "POST /v1/agents/{agent}/enrolment-tokens": nothing,
  "POST /v1/workgroups/{workgroup}/hand-over": (_by, { organisation }) => ({ organisation }),
  "POST /v1/workgroups/{workgroup}/invitations": (_by, { organisation }) => ({ organisation }),
  "POST /v1/workgroups/{workgroup}/invitations/{invitation}/consent": (by, { invitation, workgroup }) => ({
    statement: signed(by, "consent", {
      invitation,
      workgroup,
      organisation: makeId("organisation"),
      digest: defaultTermsDigest,
    }),
  }),
  "POST /v1/workgroups/{workgroup}/members": (_by, { agent }) => ({ agent, offer: true }),
  "POST /v1/workgroups/{workgroup}/selectors": () => ({ tags: { env: "prod" }, engage: true }),
  "POST /v1/contracts/{contract}/versions": (by) => termsBody(by, "vault-terms", { maxEnvelopes: 7 }),
  "PUT /v1/agents/{agent}/advertisements/{name}": (by, { agent, workgroup, name }) =>
    offerBody(by, agent, name, { workgroups: [workgroup] }),
  "POST /v1/sessions/{session}/accept": (by, { session }) => ({
    statement: signed(by, "acceptance", { session, proposal: defaultTermsDigest }),
  }),
};

/** What is done to a thing, with nothing to say about it. */
const bare = /\/(?:suspend|resume|revoke|void|leave|dissolve|decline|withdraw|remove|reject|close)$/;

const lacksBody = ({ key, method, path }: DescribedRoute): boolean =>
  !["GET", "DELETE"].includes(method) && !bare.test(path) && !(key in bodies);

const addressOf = (path: string, target: Targets): string =>
  path.replace(/\{(\w+)\}/g, (_all, thing: keyof Targets) => target[thing]);

/** Each target as it is, and, where a path names two things, the second one in what is the observer's or is seen. */
function* targetsOf({ unseen, scene }: Asking, { parameters }: DescribedRoute): Iterable<Targets> {
  const { observer, market } = scene;
  for (const target of Object.values(unseen.targets)) {
    yield target;
    if (parameters.length < 2) continue;
    if (parameters.includes("workgroup")) yield { ...target, workgroup: market };
    else yield { ...target, agent: observer.agent };
  }
}

export async function reach(asking: Asking): Promise<void> {
  const { broker, observer } = asking.scene;
  const routes = routesIn(await readOpenApi(broker.url)).filter(
    ({ parameters, secured }) => secured && parameters.length > 0,
  );
  for (const route of routes) {
    const { key, method, path } = route;
    if (lacksBody(route)) throw new Error(`${key} has no body here`);
    const changes = method === "PATCH" ? { "if-match": '"v1"' } : {};
    for (const by of [observer.admin, observer.auditor, observer.instance])
      for (const target of targetsOf(asking, route))
        await asking.ask(by, method, addressOf(path, target), bodies[key]?.(by, target), changes);
  }
}
