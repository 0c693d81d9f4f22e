variable "name" { type = string }
variable "audience" { type = string }
variable "scopes" { type = set(string) }
variable "clients" { type = set(string) }

variable "rules" {
  type = list(object({
    name        = string
    grant_types = list(string)
    scopes      = list(string)
    groups      = optional(list(string), [])
    minutes     = optional(number, 60)
    refresh     = optional(number)
  }))
}

resource "okta_auth_server" "this" {
  name                      = var.name
  description               = "Tokens for the ${lower(var.name)} API"
  audiences                 = [var.audience]
  issuer_mode               = "ORG_URL"
  credentials_rotation_mode = "AUTO"
}

resource "okta_auth_server_scope" "this" {
  for_each = var.scopes

  auth_server_id = okta_auth_server.this.id
  name           = each.value
  consent        = "IMPLICIT"
}

resource "okta_auth_server_policy" "clients" {
  auth_server_id   = okta_auth_server.this.id
  name             = "${var.name} clients"
  priority         = 1
  client_whitelist = var.clients
}

resource "okta_auth_server_policy_rule" "this" {
  count = length(var.rules)

  auth_server_id                = okta_auth_server_policy.clients.auth_server_id
  policy_id                     = okta_auth_server_policy.clients.id
  name                          = var.rules[count.index].name
  priority                      = count.index + 1
  grant_type_whitelist          = var.rules[count.index].grant_types
  scope_whitelist               = var.rules[count.index].scopes
  group_whitelist               = var.rules[count.index].groups
  access_token_lifetime_minutes = var.rules[count.index].minutes
  refresh_token_lifetime_minutes = (var.rules[count.index].refresh == null
    ? 0
    : var.rules[count.index].refresh
  )
  refresh_token_window_minutes = var.rules[count.index].refresh != null ? 720 : 10080
}

output "scopes" {
  value = { for name, scope in okta_auth_server_scope.this : name => scope.name }
}
