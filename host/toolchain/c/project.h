// What regent knows of this project, and the contract's answers, each made in one call.
#ifndef PROJECT_H
#define PROJECT_H

#include "@header@.h"
#include "regent.h"

#define PROJECT_NAME @name@
#define PROJECT_VERSION @version@
#define PROJECT_SUMMARY @description@
// settings.schema.json
@schema@

// The contract's string; the bindings name it after the world.
typedef @header@_string_t regent_string_t;

// A text that nobody changes, as the contract's string.
static inline regent_string_t regent_text(const char *text) {
  return (regent_string_t){(uint8_t *)text, strlen(text)};
}

#ifdef PROJECT_SETTINGS
// Describes the plugin: what the project says of it, and its rules.
static inline void regent_describe(exports_regent_plugin_about_description_t *description,
                                   regent_plugin_types_rule_t *rules, size_t count) {
  *description = (exports_regent_plugin_about_description_t){
      regent_text(PROJECT_NAME), regent_text(PROJECT_VERSION), regent_text(PROJECT_SUMMARY),
      {rules, count}, regent_text(PROJECT_SETTINGS)};
}
#endif

#if @validates@
// Adds a finding of a rule, with one label and no fix.
static inline void regent_find(exports_regent_plugin_validator_list_finding_t *findings,
                               const regent_plugin_types_rule_t *rule,
                               regent_plugin_types_span_t span, const char *label,
                               const char *message, const char *help) {
  regent_plugin_types_label_t *labels = malloc(sizeof *labels);
  *labels = (regent_plugin_types_label_t){span, regent_text(label)};
  findings->ptr = realloc(findings->ptr, (findings->len + 1) * sizeof *findings->ptr);
  findings->ptr[findings->len++] = (regent_plugin_types_finding_t){
      rule->id, rule->severity, regent_text(message), {labels, 1}, regent_text(help), {NULL, 0}};
}
#endif

#if @decides@
// Denies for one more reason, whatever was decided before.
static inline void regent_deny(exports_regent_plugin_promoter_decision_t *decision,
                               const regent_plugin_types_rule_t *rule, const char *message,
                               const char *help) {
  regent_plugin_types_list_reason_t *reasons = &decision->val.deny;
  if (decision->tag != REGENT_PLUGIN_TYPES_DECISION_DENY) {
    decision->tag = REGENT_PLUGIN_TYPES_DECISION_DENY;
    *reasons = (regent_plugin_types_list_reason_t){NULL, 0};
  }
  reasons->ptr = realloc(reasons->ptr, (reasons->len + 1) * sizeof *reasons->ptr);
  reasons->ptr[reasons->len++] =
      (regent_plugin_types_reason_t){rule->id, regent_text(message), regent_text(help)};
}
#endif

#endif
