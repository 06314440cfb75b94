/** The record, as the observer reads it: its own stream and those it shares, positions and hashes as they are. */
import type { Asking } from "./asking.js";

export async function recall(asking: Asking, sessions: readonly string[]): Promise<void> {
  const { observer, market } = asking.scene;
  const { strangers, neighbours } = asking.unseen.targets;
  // The two worlds live through other seconds: where own and shared facts stand in one list is no difference that counts.
  await asking.pages(observer.auditor, "/v1/audit/facts?kind=request.refused", 3);
  await asking.pages(observer.admin, "/v1/audit/facts?kind=workgroup.created", 1);
  for (const { agent, workgroup, session, contract } of [strangers, neighbours])
    for (const [name, id] of Object.entries({ agent, workgroup, session, contract, correlation: session }))
      await asking.get(observer.admin, `/v1/audit/facts?${name}=${id}`);
  const shared = [`workgroup:${market}`, ...sessions.map((id) => `session:${id}`), `org:${observer.id}`];
  const hidden = [strangers, neighbours].flatMap(({ workgroup, session, organisation }) => [
    `workgroup:${workgroup}`,
    `session:${session}`,
    `org:${organisation}`,
  ]);
  for (const stream of [...shared, ...hidden, "platform", "north"]) {
    await asking.pages(observer.admin, `/v1/audit/facts?stream=${stream}`, 2);
    await asking.get(observer.admin, `/v1/audit/facts?stream=${stream}&kind=session.proposed`);
  }
}
