/** Enrolment tokens as they live and fall: with their uses, with their time, with the authority behind them. */
import { describe, expect, test } from "vitest";
import { codeOf, jsonOf } from "../fixtures/exchange.js";
import { openWorld } from "../fixtures/opened-world.js";
import { askEnrolment, enrol, type Principal } from "../fixtures/principal.js";
import { readFacts } from "../fixtures/record.js";
import { type Key, makeKey } from "../fixtures/signing.js";
import {
  inviteOperator,
  makeAgent,
  makeOperator,
  makeOrganisation,
  mintFor,
  type World,
} from "../fixtures/world.js";

const opened = openWorld();
const world = () => opened.world;

const codeFor = async (token: string, by: Key = makeKey()): Promise<string> => {
  const answer = await askEnrolment(world().broker, token, by);
  return codeOf(answer) ?? String(answer.status);
};

describe("a token", () => {
  test("works for one key, and for that one again and again [ID-23]", async () => {
    const { token } = await mintFor(world().a.admin, world().a.agent);
    const mine = makeKey();
    const first = await askEnrolment(world().broker, token, mine);
    expect(first.status).toBe(201);
    expect((await askEnrolment(world().broker, token, mine)).text).toBe(first.text);
    expect(await codeFor(token)).toBe("enrolment.used");
  });

  test("of one use makes one principal, however many ask at once", async () => {
    const { token } = await mintFor(world().a.admin, world().a.agent);
    const codes = await Promise.all(Array.from({ length: 24 }, () => codeFor(token)));
    expect(codes.sort()).toEqual(["201", ...Array(23).fill("enrolment.used")].sort());
  });

  test("of three uses makes three, however many ask at once", async () => {
    const { token } = await mintFor(world().a.admin, world().a.agent, { uses: 3 });
    const codes = await Promise.all(Array.from({ length: 12 }, () => codeFor(token)));
    expect(codes.filter((code) => code === "201")).toHaveLength(3);
  });

  test("that was redeemed by many at once with one key makes one principal", async () => {
    const { token } = await mintFor(world().a.admin, world().a.agent, { uses: 3 });
    const mine = makeKey();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => askEnrolment(world().broker, token, mine)),
    );
    expect(new Set(answers.map((answer) => jsonOf(answer).principalId)).size).toBe(1);
  });

  test("that was voided is void", async () => {
    const { id, token } = await mintFor(world().a.admin, world().a.agent);
    await world().a.admin.done("POST", `/v1/enrolment-tokens/${id}/void`);
    expect(await codeFor(token)).toBe("enrolment.invalid");
  });

  test("ends with its time", async () => {
    const { a } = world();
    const { token } = await mintFor(a.admin, a.agent, { expiresInSeconds: 1 });
    const listed = async () => (await a.admin.get(`/v1/agents/${a.agent}/enrolment-tokens`)).text;
    await expect.poll(listed, { timeout: 5_000 }).toContain('"expired"');
    expect(await codeFor(token)).toBe("enrolment.expired");
  });

  test.each(["suspend", "revoke"])(
    "falls when an admin's authority falls by %s, and does not come back [ID-7]",
    async (verb) => {
      const fallen = await makeOperator(world().a.admin, `fallen-by-${verb}`, "admin");
      const { token } = await mintFor(fallen, world().a.agent);
      await world().a.admin.done("POST", `/v1/operators/${fallen.id}/${verb}`);
      expect(await codeFor(token)).toBe("enrolment.invalid");
      if (verb === "suspend") await world().a.admin.done("POST", `/v1/operators/${fallen.id}/resume`);
      expect(await codeFor(token)).toBe("enrolment.invalid");
    },
  );

  test("falls when an admin becomes an auditor", async () => {
    const demoted = await makeOperator(world().a.admin, "demoted", "admin");
    const { token } = await mintFor(demoted, world().a.agent);
    await changeRole(demoted, { role: "auditor" });
    expect(await codeFor(token)).toBe("enrolment.invalid");
  });

  test("falls when its enroller is no longer named for the agent", async () => {
    const other = await makeAgent(world().a.admin, "other-agent");
    const enroller = await makeOperator(world().a.admin, "narrowed", "enroller", [world().a.agent, other]);
    const { token } = await mintFor(enroller, world().a.agent);
    await changeRole(enroller, { role: "enroller", agents: [other] });
    expect(await codeFor(token)).toBe("enrolment.invalid");
  });

  test.each(["suspend", "revoke"])("falls when what it is for falls by %s", async (verb) => {
    const agent = await makeAgent(world().a.admin, `agent-to-${verb}`);
    const { token } = await mintFor(world().a.admin, agent);
    await world().a.admin.done("POST", `/v1/agents/${agent}/${verb}`);
    expect(await codeFor(token)).toBe("enrolment.invalid");
    if (verb === "suspend") await world().a.admin.done("POST", `/v1/agents/${agent}/resume`);
    expect(await codeFor(token)).toBe("enrolment.invalid");
  });

  test("of an invited operator falls with the invitation", async () => {
    const { operator, token } = await inviteOperator(world().a.admin, "never-came", "admin");
    await world().a.admin.done("POST", `/v1/operators/${operator.id}/revoke`);
    expect(await codeFor(token.token)).toBe("enrolment.invalid");
  });

  test("falls when its organisation is suspended, and stays void when it is resumed [ID-7]", async () => {
    const gamma = await makeOrganisation(world().platform, "gamma");
    const agent = await makeAgent(gamma.admin, "waiting");
    const { token } = await mintFor(gamma.admin, agent);
    await world().platform.done("POST", `/v1/organisations/${gamma.id}/suspend`);
    expect(await codeFor(token)).toBe("enrolment.invalid");
    await world().platform.done("POST", `/v1/organisations/${gamma.id}/resume`);
    expect(await codeFor(token)).toBe("enrolment.invalid");
  });

  test("of the first platform operator has been used, and the file says nothing else", async () => {
    expect(await codeFor(world().broker.platformToken())).toBe("enrolment.used");
  });
});

async function changeRole(operator: Principal, change: object): Promise<void> {
  const path = `/v1/operators/${operator.id}`;
  const { headers } = await world().a.admin.get(path);
  await world().a.admin.done("PATCH", path, change, { "if-match": headers.etag ?? "" });
}

describe("a refused redemption", () => {
  const told = async (reader: Principal): Promise<number> => {
    const facts = await readFacts(reader);
    const refused = facts.filter(({ kind }) => kind === "request.refused");
    return refused.filter(({ content }) => content?.data.code === "enrolment.used").length;
  };
  const toldTo = ({ platform, a, b }: World) => Promise.all([platform, a.admin, b.admin].map(told));

  test("is a fact of the organisation whose token it was, and of no other [REC-6]", async () => {
    const { token } = await mintFor(world().b.admin, world().b.agent);
    await enrol(world().broker, token);
    const [platform = 0, a = 0, b = 0] = await toldTo(world());
    expect(await codeFor(token)).toBe("enrolment.used");
    expect(await toldTo(world())).toEqual([platform, a, b + 1]);
  });

  test("tells of a secret in no fact and in no line of the log", async () => {
    for (const reader of [world().platform, world().a.admin, world().b.admin]) {
      expect(JSON.stringify(await readFacts(reader))).not.toContain("parley_enrol_");
    }
    expect(world().broker.said()).not.toContain("parley_enrol_");
  });
});
