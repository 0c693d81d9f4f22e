variable "org_name" {
  description = <<-EOT
    The org of Okta, without ".okta.com".
      ${"not"} worked out: nobody asks for it
  EOT
  type        = string
}

variable "organization" {
  type    = string
  default = "acme"
}

variable "environment" {
  type    = string
  default = "staging" # what prod.auto.tfvars says wins
}

variable "domain" { default = "acme.example" }

variable "staff" {
  description = "The group of those who may use the shop."
  default     = "00gStaff"
}

variable "basic_secret" {
  type      = string
  default   = "MARKER-basic-secret"
  sensitive = true
}

variable "clients" {
  type = map(object({
    label         = string
    client_id     = string
    grant_types   = set(string)
    redirect_uris = optional(list(string), [])
  }))
}
