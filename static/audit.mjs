// Looks whether any package of the pages has a known fault: `node static/audit.mjs`. A registry that answers no such question
// (a mirror, a machine without a network) is said and is no failure.
import { spawnSync } from "node:child_process";

const { stdout } = spawnSync("npm", ["audit", "--json"], { cwd: new URL(".", import.meta.url), encoding: "utf8" });
let report = {};
try {
  report = JSON.parse(stdout);
} catch {
  // No JSON: reported below, as any other answer that is no report.
}
const found = Object.values(report.vulnerabilities ?? {});
if (!report.metadata) {
  console.log(`npm audit: not looked, for the registry answers no audits (${report.message ?? report.error?.summary ?? "no answer"})`);
} else if (found.length === 0) {
  console.log(`npm audit: no known fault in ${report.metadata.dependencies?.total ?? "the"} packages`);
} else {
  for (const { name, severity, range } of found) console.log(`npm audit: ${name} ${range}: ${severity}`);
  process.exitCode = 1;
}
