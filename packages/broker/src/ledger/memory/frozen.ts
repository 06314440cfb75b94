/** Values that nobody can change any more, so that what was read once reads the same for ever. */

/** A copy that shares nothing with the original, frozen in all its depth. */
export const frozen = <T>(value: T): T => freeze(structuredClone(value));

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const [name, member] of Object.entries(value)) {
    // Bytes cannot be frozen; this copy is nobody else's, and is what the other adapter gives.
    if (member instanceof Uint8Array) Reflect.set(value, name, Buffer.from(member));
    else freeze(member);
  }
  return Object.freeze(value);
}
