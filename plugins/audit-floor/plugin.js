// Keeps the audit tables long enough.
import { description as summary, name, version } from "./package.json";
import schema from "./settings.schema.json";

const rule = {
  id: "too-few-rows",
  severity: "error",
  summary: "An audit table would keep fewer rows than the organisation must.",
  help: "Raise the number: rows beyond it are deleted, the oldest first.",
};

// Each element of the update file with the setting that is its floor, and what its rows are.
const floors = {
  auditDeletedApps: ["deleted-apps", "deleted applications"],
  auditDeletedMappings: ["deleted-mappings", "deleted mappings"],
  auditCredentialLookups: ["credential-lookups", "credential lookups"],
};

export const about = {
  describe() {
    return { name, version, summary, rules: [rule], settingsSchema: JSON.stringify(schema) };
  },
};

export const validator = {
  validate(file, system, settings) {
    const least = JSON.parse(settings);
    return file.elements.flatMap((element) => {
      if (!Object.hasOwn(floors, element.name)) return [];
      const [setting, rows] = floors[element.name];
      const floor = least[setting];
      return floor == null || count(element) >= floor ? [] : [finding(element, floor, rows)];
    });
  },
};

function count(element) {
  const rows = Number(element.value);
  if (!Number.isInteger(rows)) {
    throw new Error(`${element.name} is no number of rows: ${element.value}`);
  }
  return rows;
}

function finding({ name, value, span }, floor, rows) {
  return {
    rule: rule.id,
    severity: rule.severity,
    message: `${name} would keep ${value} ${rows}, and the organisation must keep ${floor}`,
    labels: [{ span, message: `at least ${floor}` }],
    help: "rows beyond the number are deleted, the oldest first, and do not come back",
    fix: [{ title: `raise it to ${floor}`, edits: [{ span, replacement: String(floor) }] }],
  };
}
