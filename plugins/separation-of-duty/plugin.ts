// Keeps the system's administrators, its affiliate administrators and its service apart.
import type { About, Promoter, Validator } from "regent:plugin/plugin@1.0.0";
import type { Element, GlobalInfo, Reason, Rule, System } from "regent:plugin/types@1.0.0";
import { description as summary, name, version } from "./package.json";
import schema from "./settings.schema.json";

const shared: Rule = {
  id: "shared-account",
  severity: "error",
  summary: "An account administers both the whole system and its affiliate applications.",
  help: "Give each duty accounts of its own.",
};
const service: Rule = {
  id: "service-account",
  severity: "error",
  summary: "A service's account promotes a server.",
  help: "Let a person promote, so that somebody answers for it.",
};

export const about: About = {
  describe() {
    const rules = [shared, service];
    return { name, version, summary, rules, settingsSchema: JSON.stringify(schema) };
  },
};

export const validator: Validator = {
  validate(file, system) {
    const admins = element(file.elements, "ssoAdminAccount");
    const affiliates = element(file.elements, "ssoAffiliateAdminAccount");
    // Of a file that sets neither, nobody made it worse.
    const changed = affiliates ?? admins;
    if (changed === undefined) return [];
    const present = info(system);
    const both = inBoth(
      admins?.value ?? present?.ssoAdminAccount ?? "",
      affiliates?.value ?? present?.ssoAffiliateAdminAccount ?? "",
    );
    return both.map((account) => ({
      rule: shared.id,
      severity: shared.severity,
      message: `${account} would administer both the system and its affiliate applications`,
      labels: [{ span: changed.span, message: `${account} is in both lists` }],
      help: "give each duty accounts of its own",
      fix: [],
    }));
  },
};

export const promoter: Promoter = {
  decide(promotion, settings) {
    const wanted = promotion.wanted;
    const both = inBoth(wanted.ssoAdminAccount, wanted.ssoAffiliateAdminAccount);
    const reasons: Reason[] = both.map((account) => ({
      rule: shared.id,
      message: `${account} would administer both the system and its affiliate applications`,
      help: "give each duty accounts of its own in the update file",
    }));
    const services: string[] = JSON.parse(settings)["service-accounts"] ?? [];
    if (services.some((account) => same(account, promotion.operator))) {
      reasons.push({
        rule: service.id,
        message: `${promotion.operator} is a service's account`,
        help: "let a person run the promotion under an account of their own",
      });
    }
    return reasons.length === 0 ? { tag: "approve" } : { tag: "deny", val: reasons };
  },
};

function element(elements: Element[], name: string): Element | undefined {
  return elements.find((element) => element.name === name);
}

function info(system: System): GlobalInfo | undefined {
  switch (system.tag) {
    case "known":
      return system.val.info;
    case "unknown":
      return undefined;
  }
}

// The accounts of the first list that the second names too.
function inBoth(first: string, second: string): string[] {
  const others = accounts(second);
  return accounts(first).filter((account) => others.some((other) => same(account, other)));
}

function accounts(list: string): string[] {
  return list
    .split(";")
    .map((account) => account.trim())
    .filter((account) => account !== "");
}

// An account without a domain may be anybody's of that name, so it is the same as each of them.
function same(left: string, right: string): boolean {
  const [leftDomain, leftName] = parts(left);
  const [rightDomain, rightName] = parts(right);
  const oneDomain = leftDomain === "" || rightDomain === "" || leftDomain === rightDomain;
  return leftName === rightName && oneDomain;
}

function parts(account: string): [string, string] {
  const folded = account.toLowerCase();
  const at = folded.lastIndexOf("\\");
  return [folded.slice(0, Math.max(at, 0)), folded.slice(at + 1)];
}
