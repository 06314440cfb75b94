/** Where a page of a list begins: after what was seen last, in an order that no change upsets. */

/** Pages are ordered by `(at, id)` or by name, ascending unless said otherwise, and begin after what was seen last. */
export interface After {
  readonly at: number;
  readonly id: string;
}
