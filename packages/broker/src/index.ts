/** The broker as a library: load a configuration, start, stop. */
export { type Broker, type Surroundings, startBroker, version } from "./broker.js";
export {
  type Config,
  type ConfigIssue,
  flagOf,
  type Loaded,
  loadConfig,
  type Setting,
  settings,
  variableOf,
} from "./config.js";
