# What acme.state.json is the state of.
terraform {
  required_providers {
    okta   = { source = "okta/okta", version = ">= 6.5" }
    google = { source = "hashicorp/google" }
  }
}

provider "okta" {
  org_name      = var.org_name
  base_url      = "okta.com"
  client_secret = "MARKER-secret-of-the-provider" // of a provider nothing else is read
}

locals {
  organization = "organizations/${var.organization}"
  environment  = "${local.organization}/environments/${var.environment}"
  clients      = { for key, client in var.clients : key => merge(client, { secret = "MARKER-${key}" }) }
}

/* The shop signs its users in,
   the batch itself. */
resource "okta_app_oauth" "this" {
  for_each = local.clients

  label                      = each.value.label
  type                       = each.key == "batch" ? "service" : "web"
  client_id                  = each.value.client_id
  client_secret              = each.value.secret
  client_basic_secret        = var.basic_secret
  token_endpoint_auth_method = "private_key_jwt"
  grant_types                = each.value.grant_types
  response_types             = contains(each.value.grant_types, "authorization_code") ? ["code"] : ["token"]
  redirect_uris              = each.value.redirect_uris
  pkce_required              = length(each.value.redirect_uris) > 0
  refresh_token_rotation     = each.key == "shop" ? "ROTATE" : "STATIC"

  lifecycle {
    ignore_changes = [groups_claim]
  }
}

module "orders" {
  source = "./modules/authorization-server"

  name     = "Orders"
  audience = "https://api.${var.domain}/orders"
  scopes   = toset([for access in ["read", "write"] : "orders.${access}"])
  clients  = [for client in local.clients : client.client_id]
  rules = [
    {
      name        = "Shop users"
      grant_types = ["authorization_code"]
      scopes      = ["openid", "offline_access", "orders.read", "orders.write"]
      groups      = [var.staff]
      minutes     = 15
      refresh     = 720
    },
    {
      name        = "Batch"
      grant_types = ["client_credentials"]
      scopes      = ["orders.read"]
      minutes     = 10
    },
  ]
}

resource "google_apigee_target_server" "orders" {
  name   = "orders"
  env_id = local.environment
  host   = "orders.internal.${var.domain}"
  port   = 443

  s_sl_info {
    enabled                  = true
    enforce                  = true
    client_auth_enabled      = true
    ignore_validation_errors = false
    key_store                = "ref://gateway"
    key_alias                = "gateway"
    trust_store              = "ref://internal-ca"
    protocols                = ["TLSv1.3"]
  }
}

resource "google_apigee_api_product" "orders" {
  org_id        = local.organization
  name          = "orders"
  display_name  = "Orders"
  approval_type = "manual"
  environments  = [var.environment]
  scopes        = values(module.orders.scopes)
  quota         = "600"

  attributes {
    name  = "access"
    value = "private"
  }

  operation_group {
    operation_config_type = "proxy"
    operation_configs {
      api_source = "orders-v1"
      operations {
        resource = "/items/**"
        methods  = ["GET", "POST"]
      }
    }
  }
}
