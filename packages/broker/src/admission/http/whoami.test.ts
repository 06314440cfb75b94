import { expect, test } from "vitest";
import { peopleOfThisTest } from "../testing/people.js";
import { enrolAgent, enrolOperator } from "../testing/person.js";

test("tells each principal who it is [API-1]", async () => {
  const { platform, acme } = await peopleOfThisTest();
  const auditor = await enrolOperator(acme.admin, "looker", "auditor");
  const { id, instance } = await enrolAgent(acme.admin, "feed");
  const home = { id: acme.id, name: "acme" };

  expect((await platform.get("/v1/whoami")).body).toMatchObject({
    principal: platform.id,
    kind: "operator",
    role: "platform",
    organisation: null,
    agent: null,
    keyThumbprint: platform.signer.thumbprint,
  });
  expect((await auditor.get("/v1/whoami")).body).toMatchObject({ role: "auditor", organisation: home });
  expect((await instance.get("/v1/whoami")).body).toMatchObject({
    principal: instance.id,
    kind: "instance",
    role: null,
    organisation: home,
    agent: { id, name: "feed" },
  });
});
