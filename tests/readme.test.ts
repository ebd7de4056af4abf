// The README's code is true, and that of docs/runtimes.md: every ```ts block compiles against the package as its users see
// it. A block of the README that begins with `// run` (or `# run` in ```sh) is run, and the ```text block after it is what it
// prints.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";

interface Block {
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The ```text block that stands after it: what it prints. */
  readonly prints: string | undefined;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");

/** Inside the package, so that `import … from "brine"` finds it by its own name. */
const workshop = join(root, "dist", "readme");

function blocksOf(page: string): Block[] {
  const found = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  return found.map((match, at) => {
    const next = found[at + 1];
    const between = next === undefined ? "" : page.slice(match.index + match[0].length, next.index);
    return {
      line: page.slice(0, match.index).split("\n").length,
      language: match[1] ?? "",
      text: match[2] ?? "",
      prints: next?.[1] === "text" && between.trim() === "" ? next[2] : undefined,
    };
  });
}

const blocks = blocksOf(readme);
const code = blocks.filter(({ language }) => language === "ts");
const nameOf = (block: Block): string => `line${block.line}`;
const runtimes = readFileSync(join(root, "docs", "runtimes.md"), "utf8");
const elsewhere = blocksOf(runtimes).filter(({ language }) => language === "ts");

before(() => {
  rmSync(workshop, { recursive: true, force: true });
  mkdirSync(workshop, { recursive: true });
  for (const block of code) writeFileSync(join(workshop, `${nameOf(block)}.ts`), block.text);
  for (const block of elsewhere) writeFileSync(join(workshop, `runtimes_${nameOf(block)}.ts`), block.text);
  writeFileSync(join(workshop, "tsconfig.json"), JSON.stringify({
    compilerOptions: {
      target: "es2022", lib: ["es2023", "esnext.disposable", "dom"], types: ["node"], module: "nodenext", moduleResolution: "nodenext",
      strict: true, skipLibCheck: true, moduleDetection: "force",
    },
    include: ["*.ts"],
  }));
});

test("every ts block of the README and of docs/runtimes.md compiles against the package's own types", () => {
  assert.ok(code.length > 0, "The README has no ts block");
  assert.ok(elsewhere.length > 0, "docs/runtimes.md has no ts block");
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", workshop], { cwd: workshop, encoding: "utf8" });
  assert.equal(status, 0, `Each name is a line of its page:\n${stdout}`);
});

for (const block of blocks) {
  if (block.language === "ts" && block.text.startsWith("// run\n")) {
    test(`the README's code of line ${block.line} runs${block.prints === undefined ? "" : " and prints what stands below it"}`, () => {
      const printed = execFileSync(process.execPath, [join(workshop, `${nameOf(block)}.js`)], { cwd: root, encoding: "utf8" });
      if (block.prints !== undefined) assert.equal(printed, block.prints);
    });
  }
  if (block.language === "sh" && block.text.startsWith("# run\n")) {
    test(`the README's commands of line ${block.line} run${block.prints === undefined ? "" : " and print what stands below them"}`, () => {
      const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { bin: { brine: string } };
      const lines = block.text.split("\n").slice(1).filter((line) => line !== "");
      const printed = lines.map((line) => {
        const [npx, brine, ...args] = line.split(/\s+/);
        assert.deepEqual([npx, brine], ["npx", "brine"], `A runnable command is "npx brine …", found: ${line}`);
        return execFileSync(process.execPath, [join(root, bin.brine), ...args], { cwd: root, encoding: "utf8" });
      }).join("");
      if (block.prints !== undefined) assert.equal(printed, block.prints);
    });
  }
}

test("the README names the two commands, and every file that it links to is there", () => {
  assert.match(readme, /npm ci && npm start/);
  assert.match(readme, /npm ci && npm test/);
  for (const [, target = ""] of readme.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
    if (!/^[a-z]+:/.test(target)) readFileSync(join(root, target));
  }
});

test("the import map of docs/runtimes.md is what package.json says of browsers, and its links are there", () => {
  const [, map = "{}"] = /<script type="importmap">\n([\s\S]*?)<\/script>/.exec(runtimes) ?? [];
  const { imports } = JSON.parse(map) as { readonly imports?: Readonly<Record<string, string>> };
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly imports: Readonly<Record<string, { readonly browser: string }>> }; // package.test.ts asserts its form
  const expected = Object.entries(manifest.imports).map(([name, { browser }]) => [name, `/node_modules/brine/${browser.replace("./", "")}`]);
  assert.deepEqual(Object.entries(imports ?? {}).filter(([name]) => name.startsWith("#")).sort(), expected.sort());
  for (const [, target = ""] of runtimes.matchAll(/\]\(([^)#]+)\)/g)) readFileSync(join(root, "docs", target));
});
