/** The same schemas that judge requests, as OpenAPI 3.1 at `/openapi.json`, and as a page to read at `/docs` [API-3]. */
import fastifySwagger from "@fastify/swagger";
import { problemSchema } from "@parley/protocol";
import type { FastifyInstance } from "fastify";
import { createJsonSchemaTransform } from "fastify-type-provider-zod";
import { z } from "zod";
import { type OpenApi, renderDocs } from "./docs-page.js";
import type { Access, Route } from "./route.js";

const description =
  "Every route but the public ones takes `Authorization: DPoP <access token>` and a `DPoP` proof by the key that the token is bound to. Errors are problem details (RFC 9457) with a stable `code`.";

const problem = (text: string) => ({
  description: text,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

const refusalsOf: Readonly<Record<Access, readonly string[]>> = {
  anyone: ["400"],
  bearer: ["400", "401", "503"],
  principal: ["400", "401", "403", "404", "409", "503"],
};

const titles: Readonly<Record<string, string>> = {
  400: "The request is not what this route takes",
  401: "No access: the problem's `code` says why",
  403: "The caller's role does not allow it",
  404: "There is nothing here for the caller",
  409: "The rules refuse it as things stand",
  410: "The enrolment token is used up, or has expired",
  412: "It has changed since it was read",
  413: "The body is larger than allowed",
  415: "The body is of another media type",
  422: "The Idempotency-Key, or the id of a proposal, was used with another request",
  428: "If-Match is required",
  429: "Too often: try again later",
  503: "Busy or going away: try again later",
};

const done: Readonly<Record<string, string>> = {
  200: "As asked",
  201: "Made; or made before, under the same Idempotency-Key",
};

const header = (name: string, required: boolean, text: string) => ({
  name,
  in: "header",
  required,
  description: text,
  schema: { type: "string" },
});

/** What every operation says beside its own schemas. */
function complete(operation: Record<string, unknown>, route: Route): Record<string, unknown> {
  const codes = [
    ...refusalsOf[route.access],
    ...(route.method === "GET" ? [] : ["413", "415"]),
    ...(route.refuses ?? []).map(String),
    ...(route.creates ? ["422"] : []),
    ...(route.changes ? ["412", "428"] : []),
    ...(route.replaces ? ["412"] : []),
    ...(route.repeats ? ["422"] : []),
  ];
  const refused = Object.fromEntries(codes.map((code) => [code, problem(titles[code] ?? "")]));
  const parameters = [
    ...((operation.parameters as unknown[] | undefined) ?? []),
    ...(route.creates
      ? [
          header(
            "Idempotency-Key",
            false,
            "The same key with the same request is answered the same for a day",
          ),
        ]
      : []),
    ...(route.changes ? [header("If-Match", true, "The ETag of what is changed")] : []),
    ...(route.replaces ? [header("If-Match", false, "The ETag of what is replaced")] : []),
    ...(route.streams ? [header("Last-Event-ID", false, "The id of an event, to go on after it")] : []),
  ];
  const answers = Object.entries(operation.responses as Record<string, object>);
  const said = Object.fromEntries(
    answers.map(([code, answer]) => [code, { ...asEvents(route, answer), description: done[code] ?? "" }]),
  );
  return {
    ...operation,
    ...(route.body.safeParse(undefined).success && withOptionalBody(operation)),
    ...(parameters.length > 0 && { parameters }),
    responses: { ...refused, ...said },
    security: route.access === "principal" ? [{ dpop: [] }] : [],
  };
}

/** What each event says as its data. */
function asEvents(route: Route, answer: object): object {
  const { content } = answer as { content?: Record<string, unknown> };
  if (!route.streams || content === undefined) return answer;
  return { ...answer, content: { "text/event-stream": content["application/json"] } };
}

/** The generator says of every body that it is required. */
const withOptionalBody = ({ requestBody }: Record<string, unknown>) =>
  requestBody === undefined ? {} : { requestBody: { ...(requestBody as object), required: false } };

const transform = createJsonSchemaTransform({ skipList: ["/openapi.json", "/docs"] });

export async function addOpenApi(app: FastifyInstance, issuer: () => string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Parley",
        version: "0.1.0",
        description,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: {
        securitySchemes: {
          dpop: {
            type: "http",
            scheme: "DPoP",
            description: "RFC 9449: an access token and a proof of its key",
          },
        },
      },
    },
    transform: (given) => transform(given as Parameters<typeof transform>[0]) as ReturnType<typeof transform>,
  });
  // Made once: whoever asks for it is anybody, and the routes do not change.
  let made: { readonly document: Buffer; readonly page: Buffer } | undefined;
  const served = () => {
    if (made === undefined) {
      const api = describeApi(app, issuer());
      made = { document: Buffer.from(JSON.stringify(api)), page: Buffer.from(renderDocs(api)) };
    }
    return made;
  };
  app.get("/openapi.json", { schema: { hide: true } }, async (_request, reply) =>
    reply.header("content-type", "application/json; charset=utf-8").send(served().document),
  );
  app.get("/docs", { schema: { hide: true } }, async (_request, reply) =>
    reply
      .header("content-type", "text/html; charset=utf-8")
      .header(
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      )
      .send(served().page),
  );
}

/** Which route an operation is, by method and path. */
export const routesOf = new WeakMap<FastifyInstance, readonly Route[]>();

export function describeApi(app: FastifyInstance, issuer: string): OpenApi {
  const made = app.swagger() as unknown as OpenApi & { components: Record<string, unknown> };
  const routes = routesOf.get(app) ?? [];
  const paths = Object.fromEntries(
    Object.entries(made.paths).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => {
          const route = routes.find((one) => one.path === path && one.method.toLowerCase() === method);
          return [method, route ? complete(operation, route) : operation];
        }),
      ),
    ]),
  );
  const tags = [...new Set(routes.map((route) => route.tag))].map((name) => ({
    name,
    description: `Routes about ${name}`,
  }));
  const Problem = z.toJSONSchema(problemSchema, { io: "output" });
  const schemas = { ...(made.components.schemas as object | undefined), Problem };
  return { ...made, servers: [{ url: issuer }], tags, paths, components: { ...made.components, schemas } };
}
