/** What cannot be an envelope is refused here, with the code that REST would give: a broker would end the connection. */
import { limits } from "@parley/protocol";
import { expect, test } from "vitest";
import { talking } from "../testing/talking.js";

const type = "markets.equity.request";

test.each([
  ["a type that is none", "Markets", {}, "type"],
  ["text that is not plain", type, { correlationId: "a\u0000b" }, "correlationId"],
  ["a key of its own that is none", type, { headers: { desk: "7" } }, "desk"],
  ["a key that is not its own", type, { headers: { session: "ses_1" } }, "headers.session"],
  ["too large a header", type, { headers: { "x-a": "a".repeat(8_200) } }, "x-a"],
])("%s is refused here: the broker would end the connection [ENV-1]", async (_, said, options, path) => {
  const { session, talk, there } = await talking();
  await expect(session.send(said, 1, options)).rejects.toMatchObject({
    code: "request.malformed",
    issues: [{ path }],
  });
  await session.send(type, 1);
  expect(talk.heard).toHaveLength(1);
  expect(there.agent.state.state).toBe("connected");
});

test.each([
  [
    "a circle",
    () => {
      const ring: unknown[] = [];
      ring.push(ring);
      return ring;
    },
  ],
  ["a function", () => () => 1],
  ["a big integer", () => 1n],
  ["text that is ill-formed", () => "\ud800"],
])("%s has no payload", async (_, make) => {
  const { session } = await talking();
  await expect(session.send(type, make())).rejects.toMatchObject({
    code: "request.malformed",
    issues: [{ path: "body" }],
  });
});

test("what no message can carry is refused here [FRM-4]", async () => {
  const { session, there } = await talking();
  const sent = session.send(type, new Uint8Array(limits.messageBytesMax));
  await expect(sent).rejects.toMatchObject({ code: "contract.violation", rule: "maxEnvelopeBytes" });
  expect(there.agent.state.state).toBe("connected");
});
