// Lets only listed servers become the master secret server.
import { description as summary, name, version } from "./package.json";
import schema from "./settings.schema.json";

const rule = {
  id: "not-allowed",
  severity: "error",
  summary: "The server is not on the list of allowed servers.",
  help: "Name a server of the list, or add this one to it.",
};

export const about = {
  describe() {
    return { name, version, summary, rules: [rule], settingsSchema: JSON.stringify(schema) };
  },
};

%if validator
export const validator = {
  validate(file, system, settings) {
    const allowed = allowedServers(settings);
    const findings = [];
    for (const element of file.elements.filter((element) => element.name === "secretServer")) {
      const labels = [{ span: element.span, message: "not allowed" }];
      for (const refusal of refusals(element.value, allowed)) {
        findings.push({ ...refusal, severity: rule.severity, labels, fix: [] });
      }
    }
    return findings;
  },
};

%end
%if promoter
export const promoter = {
  decide(promotion, settings) {
    const reasons = refusals(promotion.wanted.secretServer, allowedServers(settings));
    return reasons.length === 0 ? { tag: "approve" } : { tag: "deny", val: reasons };
  },
};

%end
// The `servers` of `[plugin.settings]`. Whatever is thrown denies, with its message as the reason.
function allowedServers(settings) {
  const { servers } = JSON.parse(settings);
  if (!Array.isArray(servers)) throw new Error("the settings name no list of servers");
  return servers;
}

// Why a server may not be the master; nothing where it may.
function refusals(server, allowed) {
  const ascii = (name) => name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  const wanted = ascii(server);
  if (allowed.some((name) => ascii(name) === wanted)) return [];
  const message = `${server} is not on the list of allowed servers`;
  return [{ rule: rule.id, message, help: `name one of ${allowed.join(", ")}` }];
}
