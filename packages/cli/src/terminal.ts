/** Where a command answers: what people and pipes read, what is only told on the side, and whether somebody can be asked. */
export interface Terminal {
  /** The answer itself: standard output. */
  out(text: string): void;
  /** An answer that is bytes, as they are. */
  write(bytes: Uint8Array): void;
  /** What is said besides it: standard error. */
  note(text: string): void;
  /** Somebody sits in front of it and can answer. */
  readonly interactive: boolean;
  /** Only when interactive. */
  confirm(question: string): Promise<boolean>;
  /** All of standard input. */
  readInput(): Promise<string>;
  readBytes(): Promise<Uint8Array>;
  /** The same as it comes, for what may be too large to be had whole. */
  input(): AsyncIterable<Uint8Array>;
}
