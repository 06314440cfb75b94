/** Facts as events of OCSF 1.3, for whoever keeps the records of many systems together; the fact itself goes with it. */
import type { FactView } from "@parley/protocol";
import { actorOf, factLine, subjectOf } from "./fact-line.js";
import { ocsfClasses, ocsfKinds, ocsfOther } from "./ocsf-classes.js";

type Said = Readonly<Record<string, unknown>>;
const isSaid = (value: unknown): value is Said =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const within = (said: unknown, name: string): Said => {
  const part = isSaid(said) ? said[name] : undefined;
  return isSaid(part) ? part : {};
};
const textOf = (said: Said, name: string): string | undefined => {
  const value = said[name];
  return typeof value === "string" ? value : undefined;
};

const severities = { 1: "Informational", 2: "Low", 3: "Medium", 4: "High" } as const;
const isTraffic = 4001;

/** One event for one fact; it depends on nothing else. */
export function ocsfOf(fact: FactView): Said {
  const { kind, stream, position, at, content, hash } = fact;
  const known = ocsfKinds[kind] ?? ocsfOther;
  const cause = textOf(content ?? {}, "cause");
  return {
    activity_id: known.activity,
    activity_name: known.name,
    category_uid: Math.floor(known.class / 1_000),
    class_uid: known.class,
    class_name: ocsfClasses[known.class],
    type_uid: known.class * 100 + known.activity,
    time: Date.parse(at),
    severity_id: known.severity,
    severity: severities[known.severity],
    status_id: known.status,
    status: known.status === 1 ? "Success" : "Failure",
    message: `${kind} ${factLine(fact)}`.trim(),
    metadata: {
      version: "1.3.0",
      product: { name: "Parley", vendor_name: "Parley" },
      uid: hash,
      log_name: stream,
      sequence: position,
      event_code: kind,
      ...(cause !== undefined && { correlation_uid: cause }),
    },
    actor: { user: { uid: actorOf(fact) } },
    ...(known.class === isTraffic ? endpoints(content) : about(known.class, fact)),
    unmapped: { fact },
  };
}

/** What was changed, under the name that its class has for it. */
function about(of: number, fact: FactView): Said {
  const uid = subjectOf(fact);
  switch (of) {
    case 3001:
    case 3005:
      return { user: { uid } };
    case 3004:
      return { entity: { uid, type: fact.kind.split(".")[0] } };
    case 3006:
      return { group: { uid } };
    case 2004:
      return { finding_info: { uid, title: factLine(fact) } };
    case 6002:
      return { app: { name: "Parley" } };
    default:
      return {
        api: { operation: operationOf(fact) },
        src_endpoint: { uid: actorOf(fact) },
        resources: [{ uid }],
      };
  }
}

/** Of a refusal, what was refused. */
const operationOf = ({ kind, content }: FactView): string =>
  textOf(within(content, "data"), "command") ?? kind;

/** Who spoke, and to whom: what a side sends goes to the other. The payload is not the record's, its length is. */
function endpoints(content: FactView["content"]): Said {
  const data = within(content, "data");
  const [instance, side, session] = ["instance", "side", "session"].map((name) => textOf(data, name));
  const other = side === "consumer" ? "provider" : "consumer";
  const entries = Array.isArray(data.entries) ? data.entries : [];
  const bytes = entries.map((entry) =>
    isSaid(entry) && typeof entry.payloadBytes === "number" ? entry.payloadBytes : 0,
  );
  return {
    src_endpoint: {
      ...(instance !== undefined && { instance_uid: instance }),
      ...(side !== undefined && { name: side }),
    },
    dst_endpoint: side === undefined ? {} : { name: other },
    ...(session !== undefined && { connection_info: { uid: session } }),
    ...(entries.length > 0 && {
      traffic: { packets: entries.length, bytes: bytes.reduce((sum, one) => sum + one, 0) },
    }),
  };
}
