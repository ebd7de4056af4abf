// What is in a checkpoint somewhere on the web, for Deno:
//
//   deno run --allow-net --allow-read list.ts https://example.org/model.pth [NAME]
//
// It lists the tensors, or prints the one of that name. Either way it fetches the description, and of tensors only what it
// prints. (--allow-read is for brine.wasm, which lies in node_modules.)
import { open } from "brine";

declare const Deno: { readonly args: readonly string[] };

const [address, name] = Deno.args;
await using file = await open(address);
if (name !== undefined) console.log(String(await file.read(name)));
else for (const { name, dtype, shape } of file.tensors()) console.log(`${name}  ${dtype}  [${shape.join(", ")}]`);
