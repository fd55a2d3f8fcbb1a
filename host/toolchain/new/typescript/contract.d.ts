// wit/plugin.wit in TypeScript, as componentize-qjs passes its values; the comments are there.
// A variant is told by its `tag`: `switch` over it, and the compiler sees to it that none is missed.

declare module "regent:plugin/types@1.0.0" {
  export type Severity = "error" | "warning" | "info";
  /** A byte range of the UTF-8 text, which is no index into a string of JavaScript's. */
  export interface Span { start: number; end: number }
  export interface Label { span: Span; message: string }
  export interface Edit { span: Span; replacement: string }
  export interface Fix { title: string; edits: Edit[] }
  export interface Finding {
    rule: string;
    severity: Severity;
    message: string;
    labels: Label[];
    help: string;
    fix: Fix[];
  }
  export interface Rule { id: string; severity: Severity; summary: string; help: string }
  export interface Description {
    name: string;
    version: string;
    summary: string;
    rules: Rule[];
    settingsSchema: string;
  }
  export interface GlobalInfo {
    ssoAdminAccount: string;
    ssoAffiliateAdminAccount: string;
    secretServer: string;
    auditDeletedApps: number;
    auditDeletedMappings: number;
    auditCredentialLookups: number;
    ticketTimeout: number;
    credCacheTimeout: number;
  }
  export type LastSeen = { tag: "never" } | { tag: "at"; val: bigint };
  export type Role = "processing" | "cluster-node" | "network-name";
  export interface Server { name: string; lastSeen: LastSeen; roles: Role[] }
  export interface Element { name: string; value: string; span: Span }
  export interface UpdateFile { name: string; text: string; elements: Element[] }
  export interface SystemState {
    id: string;
    info: GlobalInfo;
    ssoEnabled: boolean;
    servers: Server[];
  }
  export type System = { tag: "unknown" } | { tag: "known"; val: SystemState };
  export interface BackupFacts {
    created: bigint;
    age: bigint;
    server: string;
    fingerprint: string;
  }
  export type Backup =
    | { tag: "none" }
    | { tag: "unproven"; val: BackupFacts }
    | { tag: "proven"; val: BackupFacts };
  export type Weekday =
    | "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";
  export interface Moment {
    unix: bigint;
    utcOffset: number;
    weekday: Weekday;
    minuteOfDay: number;
  }
  export type Kind = "planned" | "emergency";
  export interface Approval { approver: string; at: bigint }
  export interface Promotion {
    kind: Kind;
    current: GlobalInfo;
    wanted: GlobalInfo;
    candidate: Server;
    incumbent: Server;
    backup: Backup;
    operator: string;
    now: Moment;
    reason: string;
    change: string;
    approvals: Approval[];
  }
  export interface Reason { rule: string; message: string; help: string }
  export type Decision = { tag: "approve" } | { tag: "deny"; val: Reason[] } | { tag: "abstain" };
}

declare module "regent:plugin/log@1.0.0" {
  export type Level = "debug" | "info" | "warn";
  export function log(level: Level, message: string): void;
}

/** What a plugin exports. Whatever its functions throw denies, with the message as the reason. */
declare module "regent:plugin/plugin@1.0.0" {
  import type { Decision, Description, Finding, Promotion, System, UpdateFile } from "regent:plugin/types@1.0.0";
  export interface About { describe(): Description }
  export interface Validator { validate(file: UpdateFile, system: System, settings: string): Finding[] }
  export interface Promoter { decide(promotion: Promotion, settings: string): Decision }
}
