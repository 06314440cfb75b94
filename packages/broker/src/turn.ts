/** Waiting: for the loop's next turn, so that others have theirs in between, or for a time. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
