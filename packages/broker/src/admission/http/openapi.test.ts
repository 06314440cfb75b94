import { refusalCodes } from "@parley/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { openTestEdge } from "../testing/edge.js";
import type { Route } from "./route.js";
import { allRoutes, type RoutesNeed } from "./routes.js";

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, object>> };
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, unknown>> }>>;
}

interface Document {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: { readonly Problem: { readonly properties: { readonly code: object } } };
  };
}

/** Only to be looked at: none of them is called. */
const routes = allRoutes({} as RoutesNeed);
let document: Document;
let issuer: string;
let page: string;

beforeAll(async () => {
  const edge = await openTestEdge();
  issuer = edge.issuer;
  document = JSON.parse((await edge.send({ path: "/openapi.json" })).text);
  page = (await edge.send({ path: "/docs" })).text;
  await edge.close();
});

const operationOf = ({ path, method }: Route): Operation | undefined =>
  document.paths[path]?.[method.toLowerCase()];
const titled = routes.map((route): [string, Route] => [`${route.method} ${route.path}`, route]);

describe("the description of the API [API-3]", () => {
  test("is OpenAPI 3.1, of this broker", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(document.servers).toEqual([{ url: issuer }]);
  });

  test("has an operation for each route, and no other", () => {
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(
        ([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`,
      ),
    );
    expect(described.sort()).toEqual(
      routes.map(({ method, path, name }) => `${method} ${path} ${name}`).sort(),
    );
    expect(new Set(routes.map(({ name }) => name)).size).toBe(routes.length);
  });

  test("names every code of a refusal, and no other [ERR-1]", () => {
    expect(document.components.schemas.Problem.properties.code).toEqual({
      type: "string",
      enum: [...refusalCodes],
    });
  });

  test.each(titled)("says of %s who may, what it takes and what it answers [API-1]", (_title, route) => {
    const operation = operationOf(route);
    expect(operation?.security).toEqual(route.access === "principal" ? [{ dpop: [] }] : []);
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const named = operation?.parameters?.filter((parameter) => parameter.in === "path");
    expect((named ?? []).map(({ name }) => name)).toEqual(inPath);
    const takes = route.method === "GET" ? undefined : operation?.requestBody;
    expect(Object.keys(takes?.content ?? {})).toEqual(
      route.method === "GET" ? [] : [route.form ? "application/x-www-form-urlencoded" : "application/json"],
    );
    expect(takes?.required).toBe(
      route.method === "GET" ? undefined : !route.body.safeParse(undefined).success,
    );
    for (const [status, { content }] of Object.entries(operation?.responses ?? {})) {
      const isDone = Object.keys(route.answers).includes(status);
      expect(Object.keys(content)).toEqual([
        isDone ? (route.streams ? "text/event-stream" : "application/json") : "application/problem+json",
      ]);
    }
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining(route.access === "principal" ? ["401", "403", "404", "503"] : ["400"]),
    );
  });

  test("says where a key for the repeat and a version are taken [API-6] [API-7]", () => {
    const headers = (given: Route) =>
      (operationOf(given)?.parameters ?? []).filter((parameter) => parameter.in === "header");
    for (const route of routes) {
      expect(headers(route).map(({ name, required }) => [name, required])).toEqual([
        ...(route.streams ? [["Last-Event-ID", false]] : []),
        ...(route.creates ? [["Idempotency-Key", false]] : []),
        ...(route.changes ? [["If-Match", true]] : []),
        ...(route.replaces ? [["If-Match", false]] : []),
      ]);
    }
    expect(routes.filter(({ method }) => method === "PATCH").every(({ changes }) => changes)).toBe(true);
    expect(routes.filter(({ method }) => method === "PUT").every(({ replaces }) => replaces)).toBe(true);
    expect(
      routes
        .filter(({ answers }) => 201 in answers)
        .every(({ creates, repeats, access }) => creates || repeats || access === "bearer"),
    ).toBe(true);
  });

  test("is there to read as well, without a script", () => {
    for (const { path, name } of routes) {
      expect(page).toContain(`id="${name}"`);
      expect(page).toContain(`<code>${path}</code>`);
    }
    expect(page).not.toMatch(/<script|javascript:|\son\w+=/i);
  });
});
