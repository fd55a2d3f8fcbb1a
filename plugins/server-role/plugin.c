// Denies the promotion of a server that does something else as well.
#include "project.h"

static regent_plugin_types_rule_t rule = {
    REGENT_TEXT("forbidden-role"), REGENT_PLUGIN_TYPES_SEVERITY_ERROR,
    REGENT_TEXT("The server has a role that the master secret server must not have."),
    REGENT_TEXT("Promote a server that has no other role.")};

// A role as the settings name it, and what it means for a master secret server.
typedef struct {
  const char *name, *message, *help;
} role_t;

static role_t known(regent_plugin_types_role_t role) {
  switch (role) {
    case REGENT_PLUGIN_TYPES_ROLE_PROCESSING:
      return (role_t){"processing", " also processes messages",
                      "promote a server that does nothing else"};
    case REGENT_PLUGIN_TYPES_ROLE_CLUSTER_NODE:
      return (role_t){"cluster-node", " is one node of a cluster",
                      "name the cluster's network name, which stays when the node fails"};
    case REGENT_PLUGIN_TYPES_ROLE_NETWORK_NAME:
      return (role_t){"network-name", " is a cluster's network name", "name a server of its own"};
    default:
      abort();  // A role of a later contract: what it is worth nobody here can say.
  }
}

static bool forbids(const char *settings, const char *name) {
  const char *list = regent_json_member(settings, "forbidden"), *item;
  if (list == NULL) abort();
  for (size_t i = 0; (item = regent_json_text(regent_json_item(list, i))) != NULL; i++) {
    if (strcmp(item, name) == 0) return true;
  }
  return false;
}

bool exports_regent_plugin_about_describe(exports_regent_plugin_about_description_t *description,
                                          regent_string_t *error) {
  regent_describe(description, &rule, 1);
  return true;
}

bool exports_regent_plugin_promoter_decide(
    exports_regent_plugin_promoter_promotion_t *promotion, regent_string_t *text,
    exports_regent_plugin_promoter_decision_t *decision, regent_string_t *error) {
  const char *settings = REGENT_STRING(*text);
  const char *emergency = regent_json_text(regent_json_member(settings, "emergency"));
  bool passes = promotion->kind == REGENT_PLUGIN_TYPES_KIND_EMERGENCY && emergency != NULL &&
                strcmp(emergency, "allowed") == 0;
  const char *server = REGENT_STRING(promotion->candidate.name);
  decision->tag = REGENT_PLUGIN_TYPES_DECISION_APPROVE;
  for (size_t i = 0; i < promotion->candidate.roles.len; i++) {
    role_t role = known(promotion->candidate.roles.ptr[i]);
    if (!forbids(settings, role.name)) continue;
    const char *message = regent_concat(server, role.message, NULL);
    if (!passes) {
      regent_deny(decision, &rule, message, role.help);
      continue;
    }
    regent_string_t line = regent_text(regent_concat(message, ", which an emergency may", NULL));
    regent_plugin_log_log(REGENT_PLUGIN_LOG_LEVEL_WARN, &line);
  }
  return true;
}
