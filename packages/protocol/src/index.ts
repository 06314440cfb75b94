/** The words both ends share: ids, codes, limits, frames, schemas. No I/O; runs in a browser. */
export * from "./canonical.js";
export * from "./close-codes.js";
export * from "./frames.js";
export * from "./ids.js";
export * from "./limits.js";
export * from "./problem.js";
export * from "./refusals.js";
export * from "./requests.js";
export * from "./resources.js";
export * from "./statements.js";
export * from "./text.js";
