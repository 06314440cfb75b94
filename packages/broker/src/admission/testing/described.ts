/** The routes as the broker's own OpenAPI document lists them, with all that a request can say to each. */
import type { TestEdge } from "./edge.js";

export interface Described {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly secured: boolean;
  /** Of its path. */
  readonly parameters: readonly string[];
  /** Of its query and of its body. */
  readonly fields: readonly string[];
}

interface Operation {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: { readonly enum?: readonly string[] };
  }[];
  readonly requestBody?: {
    readonly content: Readonly<
      Record<string, { readonly schema: { readonly properties?: Readonly<Record<string, object>> } }>
    >;
  };
}

const describedBy = (path: string, method: string, operation: Operation): Described => {
  const { operationId: name, security = [], parameters = [], requestBody } = operation;
  const queried = parameters.filter((each) => each.in === "query" && each.schema.enum === undefined);
  const said = Object.values(requestBody?.content ?? {}).flatMap(({ schema }) =>
    Object.keys(schema.properties ?? {}),
  );
  return {
    name,
    method: method.toUpperCase(),
    path,
    secured: security.length > 0,
    parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = ""]) => parameter),
    fields: [...queried.map((each) => each.name), ...said],
  };
};

export async function describedRoutes(edge: TestEdge): Promise<readonly Described[]> {
  const { paths } = JSON.parse((await edge.send({ path: "/openapi.json" })).text) as {
    paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => describedBy(path, method, operation)),
  );
}
