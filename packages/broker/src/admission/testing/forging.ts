/** Statements and their parts in spellings that nobody should send. */
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The same bits with one of those that no byte has room for set: another spelling of the same bytes. */
export function respelled(part: string): string {
  const last = alphabet.indexOf(part.slice(-1));
  return part.slice(0, -1) + alphabet.charAt(last ^ 1);
}

export const withPart = (jws: string, index: number, change: (part: string) => string): string =>
  jws
    .split(".")
    .map((part, at) => (at === index ? change(part) : part))
    .join(".");
