/** How far a connection has come, and what each moment of it may still do. */
import type { Speaking } from "./call-answers.js";

export type State =
  | { readonly at: "challenged"; readonly since: number }
  | { readonly at: "admitting" }
  | {
      readonly at: "open" | "renewing";
      readonly by: Speaking;
      readonly expiresAt: number;
    }
  /** Told to go: nothing is heard or sent any more. */
  | { readonly at: "ended" }
  | { readonly at: "gone" };

export type Open = Extract<State, { readonly at: "open" | "renewing" }>;

export const isOver = ({ at }: State): boolean => at === "ended" || at === "gone";

/** Nothing is said before the welcome, and nothing to whom authority has ended. */
export const mayHear = (state: State, now: number): boolean =>
  (state.at === "open" || state.at === "renewing") && now < state.expiresAt;
