// Chromium without a window, driven through a pipe by its own protocol.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { start, type Running } from "../run.js";

/** A browser that is there until it is disposed of. */
export interface Browser extends Running {
  /** Opens a page; answers how to ask of it. */
  open(url: string): Promise<Ask>;
}

/** One command of the protocol, and what comes of it. */
export type Ask = (method: string, params?: object) => Promise<Readonly<Record<string, unknown>>>;

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--remote-debugging-pipe",
];

/** Starts Chromium with a profile of its own. */
export function startChromium(chromium: string): Browser {
  const profile = mkdtempSync(join(tmpdir(), "brine-chromium-"));
  const running = start(chromium, [...FLAGS, `--user-data-dir=${profile}`, "about:blank"], profile);
  const ask = asker(running);
  return {
    ...running,
    open: async (url) => {
      const { targetId } = await ask("Target.createTarget", { url: "about:blank" });
      const { sessionId } = await ask("Target.attachToTarget", { targetId, flatten: true });
      const inPage: Ask = (method, params = {}) => ask(method, params, String(sessionId));
      await inPage("Page.navigate", { url });
      return inPage;
    },
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }); // its helpers end a moment later
    },
  };
}

interface Message {
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

function asker({ process: child, printed }: Running): (method: string, params: object, sessionId?: string) => ReturnType<Ask> {
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable]; // start makes pipes of them
  const waiting = new Map<number, { readonly resolve: (message: Message) => void; readonly reject: (error: Error) => void }>();
  let text = "";
  from.setEncoding("utf8").on("data", (piece: string) => {
    const messages = (text + piece).split("\0");
    text = messages.pop() ?? "";
    for (const one of messages) {
      const message = JSON.parse(one) as Message; // the protocol's form
      waiting.get(message.id ?? -1)?.resolve(message);
    }
  });
  to.on("error", () => undefined); // it is told below
  child.once("close", () => {
    for (const { reject } of waiting.values()) reject(new Error(`Chromium ended: ${printed()}`));
  });
  let last = 0;
  return async (method, params, sessionId) => {
    const id = ++last;
    const { result, error } = await new Promise<Message>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
    waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  };
}
