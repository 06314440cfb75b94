/** A statement as it ran, without its values: what must be the same for the hidden and for the absent. */

/** The driver cuts a long text off and says so in a comment. */
const texts = /x?'(?:[^']|'')*'(?:\/\*\+\d+ bytes\*\/)?/gi;
const numbers = /(?<![\w"$])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w"])/gi;

export const shapeOf = (statement: string): string =>
  statement.replace(texts, "?").replace(numbers, "?").replace(/\s+/g, " ").trim();
