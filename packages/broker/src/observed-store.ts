/** The same store, with somebody told of its transactions: when one begins, when it commits, and when it has. */
import type { Maybe, Store, Transaction } from "./ledger/store.js";

export interface Observer {
  began(): void;
  /** What it answers is called when the commit has succeeded. */
  committing(): () => void;
}

export function observedStore(store: Store, observer: Observer): Store {
  return {
    begin: () => {
      observer.began();
      return whenThere(store.begin(), (tx) => observedTransaction(tx, observer));
    },
    read: (question) => store.read(question),
    readAside: (question) => store.readAside(question),
    get waitingBytes() {
      return store.waitingBytes;
    },
    watch: (wake) => store.watch(wake),
    dropDerived: () => store.dropDerived(),
    dumpDerived: () => store.dumpDerived(),
    close: () => store.close(),
  };
}

const observedTransaction = (tx: Transaction, observer: Observer): Transaction => ({
  answer: (question) => tx.answer(question),
  append: (facts) => tx.append(facts),
  change: (changes) => tx.change(changes),
  putState: (state) => tx.putState(state),
  commit: () => {
    const committed = observer.committing();
    return whenThere(tx.commit(), committed);
  },
  rollback: () => tx.rollback(),
});

/** What is there at once is not made to wait for it. */
export function whenThere<T, U>(step: Maybe<T>, then: (found: T) => U): Maybe<U> {
  return step instanceof Promise ? step.then(then) : then(step);
}
