/** The rules about contracts and advertisements, by the command that each judges. */
import { publishAdvertisement, retractAdvertisement } from "./advertisement.js";
import { createContract, deleteContract, versionContract } from "./contract.js";

export const contractRules = {
  "contract.create": createContract,
  "contract.version": versionContract,
  "contract.delete": deleteContract,
  "advertisement.publish": publishAdvertisement,
  "advertisement.retract": retractAdvertisement,
};
