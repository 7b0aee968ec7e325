// Checks whether any npm package of the pages has a known vulnerability: `node static/audit.mjs`. If the registry can't answer (a mirror, a machine
// without a network), that is reported and is not a failure.
import { spawnSync } from "node:child_process";

const { stdout } = spawnSync("npm", ["audit", "--json"], { cwd: new URL(".", import.meta.url), encoding: "utf8" });
let report = {};
try {
  report = JSON.parse(stdout);
} catch {
  // Not JSON: reported below, like any other answer that is not a report.
}
const found = Object.values(report.vulnerabilities ?? {});
if (!report.metadata) {
  console.log(`npm audit: skipped, because the registry answers no audit requests (${report.message ?? report.error?.summary ?? "no answer"})`);
} else if (found.length === 0) {
  console.log(`npm audit: no known vulnerability in ${report.metadata.dependencies?.total ?? "the"} packages`);
} else {
  for (const { name, severity, range } of found) console.log(`npm audit: ${name} ${range}: ${severity}`);
  process.exitCode = 1;
}
