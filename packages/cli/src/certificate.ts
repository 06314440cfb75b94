/** Until when the broker's certificate is good. That it is trusted has been found out by talking to it. */
import { connect } from "node:tls";
import { machineClock } from "@parley/agent-sdk";

export interface CertificateEnd {
  readonly endsAt: string;
  readonly inDays: number;
}

export async function certificateEnd(url: URL): Promise<CertificateEnd> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? 443 : Number(url.port);
  const endsAtMs = await new Promise<number>((resolve, reject) => {
    const socket = connect({ host, port, servername: host }, () => {
      resolve(Date.parse(socket.getPeerCertificate().valid_to));
      socket.end();
    });
    socket.on("error", reject);
  });
  const inDays = Math.floor((endsAtMs - machineClock.wall()) / 86_400_000);
  return { endsAt: new Date(endsAtMs).toISOString(), inDays };
}
