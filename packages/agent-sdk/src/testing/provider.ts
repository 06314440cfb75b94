/** An agent that takes sessions, at a broker that lets every one be taken. */
import type { SessionView } from "@parley/protocol";
import type { Session } from "../session.js";
import { accepted, closed, type Town, town } from "./town.js";

export const capability = "markets.equity";
export type Why = "proposed" | "accepted" | "holder-lost" | "closed";

/** A town whose broker lets every session be taken. */
export async function provider(): Promise<Town> {
  const there = await town();
  const { answers } = there.calls;
  const shown = ({ session }: { session: string }): SessionView => {
    const view = there.sessions.get(session);
    if (view === undefined) throw new Error("no such session");
    return view;
  };
  const take = (call: { session: string }) => there.show(accepted(there, shown(call), "provider"));
  answers.accept = take;
  answers.join = take;
  answers.reject = (call) => closed(there, shown(call), "rejected", call.detail ?? null);
  answers.close = (call) =>
    there.show(closed(there, shown(call), "completed_by_provider", call.detail ?? null));
  return there;
}

export const offer = (there: Town, view: SessionView, why: Why = "proposed") => {
  there.show(view);
  there.calls.tell({ event: "session.available", session: view.id, why, capability: view.capability });
  return view;
};

/** A handler whose sessions a test takes one by one, and ends when it likes. */
export function handling() {
  const begun: Session[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  let wake: () => void = () => undefined;
  const handler = (session: Session) =>
    new Promise<void>((resolve, reject) => {
      begun.push(session);
      ends.set(session.id, (error) => (error === undefined ? resolve() : reject(error)));
      wake();
    });
  const next = async (count = 1): Promise<Session> => {
    for (;;) {
      const session = begun[count - 1];
      if (session !== undefined) return session;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { begun, handler, next, end: (session: Session, error?: Error) => ends.get(session.id)?.(error) };
}
