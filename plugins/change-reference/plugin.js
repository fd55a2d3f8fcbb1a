// Denies a promotion that names no change of the organisation's change management.
import { log } from "regent:plugin/log@1.0.0";
import { description as summary, name, version } from "./package.json";
import schema from "./settings.schema.json";

const help = "ask whoever keeps the changes for a reference, and give it with --change";

const missing = {
  id: "missing",
  severity: "error",
  summary: "The promotion names no change.",
  help,
};
const malformed = {
  id: "malformed",
  severity: "error",
  summary: "The change reference is none that the organisation gives out.",
  help,
};

export const about = {
  describe() {
    const rules = [missing, malformed];
    return { name, version, summary, rules, settingsSchema: JSON.stringify(schema) };
  },
};

export const promoter = {
  decide(promotion, settings) {
    const { patterns, emergency } = JSON.parse(settings);
    const allowed = patterns.map(whole);
    const change = promotion.change.trim();
    if (change === "") {
      if (promotion.kind === "emergency" && emergency === "afterwards") {
        log("warn", "an emergency without a change: record it afterwards");
        return { tag: "approve" };
      }
      return deny(missing, "the promotion names no change");
    }
    if (allowed.some((pattern) => pattern.test(change))) return { tag: "approve" };
    return deny(malformed, `${change} matches none of ${patterns.join(", ")}`);
  },
};

function deny(rule, message) {
  return { tag: "deny", val: [{ rule: rule.id, message, help }] };
}

// A pattern of the whole text, whatever alternatives it has. One that cannot be read denies.
function whole(pattern) {
  try {
    return new RegExp(`^(?:${pattern})$`, "u");
  } catch (error) {
    throw new Error(`the setting patterns: ${pattern} is no regular expression: ${error.message}`);
  }
}
