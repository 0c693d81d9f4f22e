org_name    = "acme"
environment = "test"

clients = {
  shop = {
    label         = "Shop"
    client_id     = "0oaShop"
    grant_types   = ["refresh_token", "authorization_code"]
    redirect_uris = ["https://shop.acme.example/callback"]
  }
  batch = {
    label       = "Nightly batch"
    client_id   = "0oaBatch"
    grant_types = ["client_credentials"]
  }
}
