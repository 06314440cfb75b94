/** The record, as the observer reads it: its own stream and those it shares, positions and hashes as they are. */
import type { Asking } from "./asking.js";

export async function recall(asking: Asking, sessions: readonly string[]): Promise<void> {
  const { observer, market } = asking.scene;
  const { strangers, neighbours } = asking.unseen.targets;
  await asking.pages(observer.auditor, "/v1/audit/facts", 3);
  await asking.pages(observer.admin, "/v1/audit/facts?kind=workgroup.created", 1);
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
