/** The seconds of the ledger's time, by which logs are ordered. */

export const secondOf = (at: number): number => Math.floor(at / 1_000);
