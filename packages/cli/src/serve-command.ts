/** `parley serve`: the broker itself, in this process. The broker is loaded only here: every other command is quicker without. */
import { type Command, Option } from "commander";
import type { Outside } from "./invocation.js";
import { serve } from "./serve.js";

export function addServeCommand(program: Command, outside: Outside): void {
  program
    .command("serve")
    .description("run a broker")
    .option("--data <dir>", "where everything is kept (default ./parley-data)")
    .option("--listen <host:port>", "where agents and operators reach it (default 127.0.0.1:7411)")
    .option("--management <host:port>", "where readiness and metrics are asked for (default 127.0.0.1:7412)")
    .option("--public-url <url>", "the address by which everybody knows the broker: its issuer")
    .option("--trust-domain <name>", "of the SPIFFE ids (default: the public address's host)")
    .option("--tls-cert <file>", "the certificate chain; needed beyond loopback, unless behind a proxy")
    .option("--tls-key <file>", "its private key")
    .option("--behind-proxy", "a proxy in front ends TLS")
    .addOption(
      new Option("--recover <what>", "go on knowingly after a loss").choices(["platform", "clock", "record"]),
    )
    .addOption(
      new Option("--log-level <level>", "how much is logged (default info)").choices([
        "trace",
        "debug",
        "info",
        "warn",
        "error",
        "silent",
      ]),
    )
    .option("--config <file>", "JSON with the same settings; flags and PARLEY_… variables come before it")
    .action(async ({ config, ...flags }: ServeOptions) => {
      const broker = await import("@parley/broker");
      await serve(broker, { flags, file: config }, outside);
    });
}

type ServeOptions = Readonly<Record<string, unknown>> & { readonly config?: string };
