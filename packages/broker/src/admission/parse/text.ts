/** Text that goes into the record as it was typed: shortened, and without what could disguise it. */
import { limits } from "@parley/protocol";

export function asTyped(text: string): string {
  return text.replace(/[^\u0020-\u007e]/g, "?").slice(0, limits.refusalTargetLengthMax);
}
