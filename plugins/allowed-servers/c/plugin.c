// Lets only listed servers become the master secret server.
#include "project.h"
#define REFUSED " is not on the list of allowed servers"

static regent_plugin_types_rule_t rule = {
    REGENT_TEXT("not-allowed"), REGENT_PLUGIN_TYPES_SEVERITY_ERROR,
    REGENT_TEXT("The server is not on the list of allowed servers."),
    REGENT_TEXT("Name a server of the list, or add this one to it.")};

bool exports_regent_plugin_about_describe(exports_regent_plugin_about_description_t *description,
                                          regent_string_t *error) {
  regent_describe(description, &rule, 1);
  return true;
}

static const char *allowed_servers(regent_string_t *settings, regent_string_t *error) {
  const char *list = regent_json_member(REGENT_STRING(*settings), "servers");
  if (list == NULL) *error = regent_text("the settings name no list of servers");
  return list;
}

// Which servers may be the master; nothing where this one is among them.
static const char *remedy(const char *server, const char *list) {
  for (const char *at = regent_json_item(list, 0); at != NULL; at = regent_json_next(at)) {
    if (regent_same_name(regent_json_text(at), server)) return NULL;
  }
  return regent_concat("name one of ", regent_json_join(list, ", "), NULL);
}

bool exports_regent_plugin_validator_validate(
    exports_regent_plugin_validator_update_file_t *file,
    exports_regent_plugin_validator_system_t *system, regent_string_t *settings,
    exports_regent_plugin_validator_list_finding_t *findings, regent_string_t *error) {
  const char *list = allowed_servers(settings, error);
  if (list == NULL) return false;
  *findings = (exports_regent_plugin_validator_list_finding_t){NULL, 0};
  for (size_t i = 0; i < file->elements.len; i++) {
    regent_plugin_types_element_t *element = &file->elements.ptr[i];
    const char *server = REGENT_STRING(element->value), *help = remedy(server, list);
    if (help != NULL && strcmp(REGENT_STRING(element->name), "secretServer") == 0)
      regent_find(findings, &rule, element->span, "not allowed",
                  regent_concat(server, REFUSED, NULL), help);
  }
  return true;
}

bool exports_regent_plugin_promoter_decide(
    exports_regent_plugin_promoter_promotion_t *promotion, regent_string_t *settings,
    exports_regent_plugin_promoter_decision_t *decision, regent_string_t *error) {
  const char *list = allowed_servers(settings, error);
  if (list == NULL) return false;
  const char *server = REGENT_STRING(promotion->wanted.secret_server), *help = remedy(server, list);
  decision->tag = REGENT_PLUGIN_TYPES_DECISION_APPROVE;
  if (help != NULL) regent_deny(decision, &rule, regent_concat(server, REFUSED, NULL), help);
  return true;
}
