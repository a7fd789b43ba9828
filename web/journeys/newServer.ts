/** A server on an empty folder, for one journey: what a laboratory has in its first minute. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface NewServer {
  /** Where its pages are. */
  readonly address: string;
  /** What it prints for whoever becomes its first administrator. */
  readonly setup: string;
  stop(): Promise<void>;
}

/** One address for the client that is tried and a server of its own, as a browser sees them: no other origin is let in. */
function front(pages: string, api: URL): Promise<{ address: string; close: () => void }> {
  const server = createServer((from, to) => {
    const { hostname, port } = /^\/(api|help)\//.test(from.url ?? "") ? api : new URL(pages);
    const onward = request(
      { hostname, port, path: from.url ?? "/", method: from.method ?? "GET", headers: from.headers },
      (answer) => {
        to.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(to);
      },
    );
    onward.on("error", () => to.destroy());
    to.on("close", () => onward.destroy());
    from.pipe(onward);
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      resolve({
        address: `http://127.0.0.1:${port}`,
        close: () => {
          server.closeAllConnections();
          server.close();
        },
      });
    }),
  );
}

/** Starts one, below the client at an address, with settings as in vidjil.toml. */
export async function newServer(pages: string, settings = ""): Promise<NewServer> {
  const data = mkdtempSync(join(tmpdir(), "vidjil-setup-"));
  if (settings) writeFileSync(join(data, "vidjil.toml"), settings);
  const program = process.env.VIDJIL_BIN ?? new URL("../../bin/vidjil", import.meta.url).pathname;
  const server = spawn(program, ["serve", "--data", data, "--addr", "127.0.0.1:0", "--log", "none"]);
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const link = await new Promise<URL>((resolve, reject) => {
    let text = "";
    const read = (piece: unknown) => {
      text += String(piece);
      const found = /https?:\/\/\S+\/setup#\S+/.exec(text);
      if (found) resolve(new URL(found[0]));
    };
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`the server ended:\n${text}`)));
    server.stdout.on("data", read);
    server.stderr.on("data", read);
  });
  const site = await front(pages, link);
  return {
    address: site.address,
    setup: site.address + link.pathname + link.hash,
    stop: async () => {
      site.close();
      server.kill("SIGTERM");
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
}
