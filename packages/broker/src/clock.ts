/**
 * The trusted clock: the only place that reads the machine's. It never runs backwards, it follows a forward step of up
 * to a day (a machine that slept), and it refuses to guess about more.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}
