/** The line in this process, on the folder of a broker that has stopped: how a record is filled soon. */
import { join } from "node:path";
import { digest } from "../principals.mjs";
import { capability } from "./market.mjs";

const inside = (path) => import(new URL(`../../packages/broker/dist/${path}`, import.meta.url).href);
const { makeId } = await import(new URL("../../packages/protocol/dist/index.js", import.meta.url).href);

export async function openLine(folder) {
  const { openSqliteStore } = await inside("ledger/sqlite/store.js");
  const { openHeadFile } = await inside("ledger/sqlite/head-file.js");
  const { openLedger } = await inside("ledger/batch.js");
  const { govern } = await inside("governance/govern.js");
  const { openClock } = await inside("clock.js");
  const store = openSqliteStore({ folder });
  const head = openHeadFile(join(folder, "head"));
  const { state } = await store.read({ state: { find: "ledgerState", by: {} } });
  const clock = openClock({ ledgerAt: state.at, onStep: console.warn, onLost: console.warn });
  const ledger = await openLedger({ store, head, clock, govern });
  return {
    async settle(command) {
      const { verdict } = await ledger.settle(command);
      if (verdict.verdict === "refused") throw new Error(`${command.kind}: ${verdict.refusal.code}`);
      return verdict;
    },
    async close() {
      await ledger.drain();
      await store.close();
      await head.close();
    },
  };
}

/** Who asks, as its access token says. */
function callerOf({ id, token }) {
  const { gen } = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
  return { principal: id, generation: gen };
}

/** As the line hears it from admission, which has verified the signature: what is no signature is as long as one. */
export function proposing(principal, offer) {
  const { crv, kty, x } = principal.key.jwk;
  const thumbprint = digest(JSON.stringify({ crv, kty, x }));
  const caller = callerOf(principal);
  const text = "x".repeat(700);
  return () => {
    const claims = { iss: principal.id, aud: "", iat: 0, proposal: makeId("proposal"), capability, ...offer };
    const statement = { text, digest: digest(claims.proposal), thumbprint, claims };
    const made = { session: makeId("session"), statement, socket: null };
    return { kind: "session.propose", id: makeId("command"), caller, target: "", ...made };
  };
}

/** By an admin, whoever holds it. */
export const closing = (admin, session) => ({
  ...{ kind: "session.close", id: makeId("command"), caller: callerOf(admin), target: "" },
  ...{ session, detail: null, socket: null },
});

/** So many accepted sessions, shared among who proposes; every other one closed by the admin. How long it took, in seconds. */
export async function fill(line, makers, count, admin) {
  const from = performance.now();
  let left = count;
  await Promise.all(
    Array.from({ length: 64 }, async (_, slot) => {
      for (let at = slot; left > 0; at += 64) {
        left -= 1;
        const close = admin !== undefined && left % 2 === 0;
        const { answer } = await line.settle(makers[at % makers.length]());
        if (close) await line.settle(closing(admin, answer.session.id));
      }
    }),
  );
  return (performance.now() - from) / 1_000;
}
