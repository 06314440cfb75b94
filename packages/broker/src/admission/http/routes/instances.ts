/** Instances: each shown, suspended, resumed and revoked alone. */
import { instanceSchema } from "@parley/protocol";
import type { Records } from "../../../records/records.js";
import type { Relay } from "../../../relay.js";
import { type Spiffe, viewInstance } from "../../present/identities.js";
import { ok } from "../answer.js";
import type { Look } from "../look.js";
import type { Route } from "../route.js";
import { instanceParam } from "../schemas.js";
import { standingRoutes } from "../standing-routes.js";

export function instanceRoutes(relay: Relay, records: Records, look: Look, spiffe: Spiffe): readonly Route[] {
  const show = look.one({
    path: "/v1/instances/{instance}",
    name: "showInstance",
    tag: "instances",
    summary: "Show an instance",
    allowed: "admin, auditor; instances themselves",
    params: instanceParam,
    shows: instanceSchema,
    async show(principal, { params }) {
      const found = await records.showInstance(principal, params.instance);
      return "code" in found ? found : ok(viewInstance(found, spiffe));
    },
  });

  const standing = standingRoutes({
    thing: "instance",
    allowed: "admin",
    reach: ", touching no sibling",
    params: instanceParam,
    schema: instanceSchema,
    async run(verb, { params, carried }) {
      const outcome = await relay({ kind: `instance.${verb}`, ...carried, instance: params.instance });
      if (outcome.outcome === "refused") return outcome.refusal;
      // When it was last seen is a working row, which the decision had no need to know. Who asked is not judged again:
      // what was decided is answered, whatever became of the caller since.
      const record = await records.presenceOf(outcome.answer.instance);
      return { view: viewInstance(record, spiffe), cut: outcome.cut };
    },
  });

  return [show, ...standing];
}
