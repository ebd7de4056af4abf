// The README's code is true: every ```ts block compiles against the package as its users see it, a block that begins
// with `// run` (or `# run` in ```sh) is run, and the ```text block after it is what it prints.
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

before(() => {
  rmSync(workshop, { recursive: true, force: true });
  mkdirSync(workshop, { recursive: true });
  for (const block of code) writeFileSync(join(workshop, `${nameOf(block)}.ts`), block.text);
  writeFileSync(join(workshop, "tsconfig.json"), JSON.stringify({
    compilerOptions: {
      target: "es2022", lib: ["es2023", "esnext.disposable", "dom"], types: ["node"], module: "nodenext", moduleResolution: "nodenext",
      strict: true, skipLibCheck: true, moduleDetection: "force",
    },
    include: ["*.ts"],
  }));
});

test("every ts block of the README compiles against the package's own types", () => {
  assert.ok(code.length > 0, "The README has no ts block");
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", workshop], { cwd: workshop, encoding: "utf8" });
  assert.equal(status, 0, `Each name is the README's line:\n${stdout}`);
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
