/** Bodies: strict JSON for every route, and for the token endpoint the form that OAuth speaks. Nothing else is read. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { parseStrictJson } from "../parse/strict-json.js";

export class BodyMalformed extends Error {
  override readonly name = "BodyMalformed";
  readonly retry = "never";
  readonly statusCode = 400;
}

export function takeStrictBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    if (takesForm(request) || isPacked(request)) return done(anotherType("a form"));
    if (body.length === 0) return done(null, undefined);
    const parsed = parseStrictJson(Buffer.from(body), { depthMax: 16, keysMax: 4_096 });
    return "fault" in parsed
      ? done(new BodyMalformed(`the body is not strict JSON: ${parsed.fault}`))
      : done(null, parsed.value);
  });
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (request, body, done) => {
      if (!takesForm(request) || isPacked(request)) return done(anotherType("JSON"));
      const form = new URLSearchParams(body.toString());
      const names = [...form.keys()];
      if (new Set(names).size !== names.length) return done(new BodyMalformed("a parameter stands twice"));
      return done(null, Object.fromEntries(form));
    },
  );
}

/** By its route: a query is no other endpoint. */
const takesForm = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config.route?.form === true;

/** Not unpacked, and not read as if it were not: somebody in between might have read it otherwise. */
const isPacked = ({ headers }: FastifyRequest): boolean => headers["content-encoding"] !== undefined;

const anotherType = (expected: string) =>
  Object.assign(new BodyMalformed(`expected ${expected}`), { statusCode: 415 });
