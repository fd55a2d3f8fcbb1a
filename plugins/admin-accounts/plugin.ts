// Holds the administrators' accounts to the organisation's domains and names.
import type { About, Validator } from "regent:plugin/plugin@1.0.0";
import type { Element, Finding, Rule } from "regent:plugin/types@1.0.0";
import { description as summary, name, version } from "./package.json";
import schema from "./settings.schema.json";

interface Settings {
  domains?: string[];
  prefix?: string;
}

const local: Rule = {
  id: "local-account",
  severity: "error",
  summary: "An administrators' account belongs to one computer, and another master does not know it.",
  help: "Name a group of a domain.",
};
const foreign: Rule = {
  id: "foreign-domain",
  severity: "error",
  summary: "An administrators' account is in a domain that is none of the organisation's.",
  help: "Name a group of one of the organisation's domains.",
};
const unnamed: Rule = {
  id: "prefix",
  severity: "warning",
  summary: "The name of an administrators' group does not begin as such names do.",
  help: "Name a group that was made for this.",
};

export const about: About = {
  describe() {
    const rules = [local, foreign, unnamed];
    return { name, version, summary, rules, settingsSchema: JSON.stringify(schema) };
  },
};

export const validator: Validator = {
  validate(file, _system, text) {
    const settings: Settings = JSON.parse(text);
    return file.elements
      .filter((element) => /^sso(Affiliate)?AdminAccount$/.test(element.name))
      .flatMap((element) => accounts(element.value).flatMap((it) => judge(it, element, settings)));
  },
};

function judge(account: string, element: Element, { domains, prefix }: Settings): Finding[] {
  const at = account.lastIndexOf("\\");
  const [domain, group] = [account.slice(0, Math.max(at, 0)), account.slice(at + 1)];
  const say = (rule: Rule, message: string, help: string): Finding => ({
    rule: rule.id,
    severity: rule.severity,
    message,
    labels: [{ span: element.span, message: account }],
    help,
    fix: [],
  });
  if (domain === "" || domain === ".") {
    const example = `${domains?.[0] ?? "DOMAIN"}\\${group}`;
    return [say(local, `${account} belongs to one computer`, `name a domain's group, as ${example}`)];
  }
  const findings: Finding[] = [];
  if (domains !== undefined && !domains.some((allowed) => same(allowed, domain))) {
    const help = `name a group of ${domains.join(", ")}`;
    findings.push(say(foreign, `${domain} is none of the organisation's domains`, help));
  }
  if (prefix !== undefined && !same(group.slice(0, prefix.length), prefix)) {
    const help = `such names begin with ${prefix}`;
    findings.push(say(unnamed, `${group} is not named as an administrators' group`, help));
  }
  return findings;
}

function accounts(list: string): string[] {
  return list
    .split(";")
    .map((account) => account.trim())
    .filter((account) => account !== "");
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
