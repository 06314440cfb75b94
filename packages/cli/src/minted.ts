/** A token that was just minted: its secret is shown once, with the command that redeems it. */
import type { MintedTokenView } from "@parley/protocol";
import type { Terminal } from "./terminal.js";

export function tellToken(
  terminal: Terminal,
  minted: MintedTokenView,
  redeem: (token: string) => string,
): void {
  if (minted.token === null) {
    terminal.note(
      "The token was shown when it was minted, and cannot be shown again: void it and mint another.",
    );
    return;
  }
  terminal.out(`token  ${minted.token}`);
  const uses = minted.uses === 1 ? "once" : `${minted.uses} times`;
  const from = minted.state === "waiting" ? `from ${minted.notBefore} ` : "";
  terminal.note(`It is shown only now, and works ${uses}, ${from}until ${minted.expiresAt}:`);
  terminal.note(`  ${redeem(minted.token)}`);
}
