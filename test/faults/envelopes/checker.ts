/**
 * Judges what the clients saw against what the record holds: a pure function, whose answer names each invariant that is
 * broken by the number that it has among the project's, and the session. No answer is no finding.
 */
import { type Check, compare, type Flaw } from "./compared.js";
import * as contract from "./contract-checks.js";
import * as delivery from "./delivery-checks.js";
import * as ending from "./ending-checks.js";
import type { Seen } from "./history.js";
import * as holding from "./holding-checks.js";
import type { Found } from "./reader.js";
import * as sending from "./sending-checks.js";
import * as trial from "./trial-checks.js";

const checks: readonly Check[] = [
  sending.acceptedStands,
  sending.nothingElseStands,
  sending.whollyOrNot,
  sending.atMostOnce,
  sending.numbersHaveNoGap,
  sending.answeredBeforeSent,
  sending.orderOfOneConnection,
  holding.onlyTheHolder,
  holding.handledByTheHolder,
  holding.endedByTheHolder,
  holding.handedOverInTime,
  holding.repeatsAreMarked,
  delivery.oneAfterTheOther,
  delivery.repeatsAreTheSame,
  delivery.deliveredStands,
  delivery.handledAsPromised,
  delivery.noSilentGap,
  delivery.everythingArrives,
  delivery.bytesUnchanged,
  delivery.nowhereElse,
  contract.theNumber,
  ending.theTime,
  ending.theReason,
  contract.theTypes,
  contract.theBytes,
  contract.nothingUsedUp,
  contract.theTermsStay,
  contract.onlyLegalSteps,
  contract.theCloseIsTrue,
  trial.marksAreTrue,
  trial.trialRefusesNothing,
  trial.marksAreTold,
];

export const flawsIn = (history: readonly Seen[], found: Found): Flaw[] =>
  compare(history, found).flatMap((compared) => checks.flatMap((check) => check(compared)));
