/** Promises about what is seen of one offer, and of the contract that it names, by others than its organisation. */
import { expect, test } from "vitest";
import { adv, contractVersion, ctr } from "./engagement-rows.suite.js";
import * as scene from "./market.suite.js";
import { market } from "./market.suite.js";
import { type Adapter, ask, askBoth, commit, opened, put } from "./opened.suite.js";
import { agt, org } from "./rows.suite.js";
import { bond, rowOf, seeker, short, town } from "./stalls.suite.js";

export function describeSeen(adapter: Adapter): void {
  const everywhere = { organisation: org(1), advertisement: adv(2) };

  test.each([agt(1), null])("shows one offer in each workgroup where %s may engage it", async (agent) => {
    const store = opened(adapter);
    await commit(store, { changes: town });
    const found = [rowOf(bond, 1), rowOf(bond, 2)];
    expect(await askBoth(store, "offersSeen", { ...everywhere, agent })).toEqual({
      read: found,
      within: found,
    });
    expect(await ask(store, "offersSeen", { ...everywhere, agent, advertisement: adv(4) })).toEqual([]);
    expect(await ask(store, "offersSeen", { ...everywhere, agent, advertisement: "adv_" })).toEqual([]);
  });

  test("shows nobody its own offer, and an organisation what another of its agents may engage", async () => {
    const store = opened(adapter);
    await commit(store, { changes: town });
    const seen = (n: number, agent: ReturnType<typeof agt> | null) =>
      ask(store, "offersSeen", { organisation: org(1), agent, advertisement: adv(n) });
    expect(await seen(5, agt(1))).toEqual([]);
    expect(await seen(5, null)).toEqual([]);
    expect(await seen(6, agt(4))).toEqual([]);
    expect((await seen(6, null)).map(short)).toEqual(["sibling 1 0"]);
  });
}

export function describeVersionsSeen(adapter: Adapter): void {
  test.each([agt(1), null])(
    "shows those versions of a contract that its offers name, to %s",
    async (agent) => {
      const store = opened(adapter);
      const unnamed = put("contractVersions", contractVersion(2, { organisation: org(2) }));
      await commit(store, { changes: [...market(), ...unnamed] });
      const by = { organisation: org(1), agent };
      const found = [
        {
          contract: scene.contract(),
          version: scene.version(),
          organisation: { id: org(2), name: "organisation-2" },
        },
      ];
      expect(await askBoth(store, "versionsSeen", { ...by, contract: ctr(1) })).toEqual({
        read: found,
        within: found,
      });
      expect(await ask(store, "versionsSeen", { ...by, contract: ctr(2) })).toEqual([]);
    },
  );

  test("shows several versions newest first, each once", async () => {
    const store = opened(adapter);
    const { content } = scene.advertisement();
    const naming = (n: number, version: number) => [
      ...put(
        "advertisements",
        scene.advertisement({
          advertisement: {
            id: adv(n),
            name: `offer-${n}`,
            content: {
              ...content,
              contract: { id: ctr(1), termsDigest: contractVersion(version).termsDigest },
            },
          },
        }),
      ),
      ...put("offers", scene.offer({ offer: { advertisement: adv(n), name: `offer-${n}` } })),
    ];
    const versions = [2, 10].map((n) => contractVersion(n, { organisation: org(2) }));
    await commit(store, {
      changes: [
        ...market(),
        ...put("contractVersions", ...versions),
        ...naming(2, 2),
        ...naming(3, 10),
        ...naming(4, 2),
      ],
    });
    const found = await ask(store, "versionsSeen", { ...seeker, contract: ctr(1) });
    expect(found.map(({ version }) => version.number)).toEqual([10, 2, 1]);
  });
}
