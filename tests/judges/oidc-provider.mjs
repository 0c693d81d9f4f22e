// A certified OpenID server that knows one client by its public key. It says where it listens, then issues tokens to whoever proves to be that client.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [, , clientId, jwk] = process.argv;
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [JSON.parse(jwk)] },
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        dpop_bound_access_tokens: true,
      },
    ],
    scopes: ['okta.apps.read', 'okta.groups.read'],
    routes: { token: '/oauth2/v1/token' },
    features: {
      clientCredentials: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 1), requireNonce: () => true },
      devInteractions: { enabled: false },
    },
    enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'ES256', 'ES384', 'ES512'] },
  });
  provider.on('grant.error', (ctx, err) => console.error(err.error, err.error_description, err.error_detail ?? ''));
  server.on('request', provider.callback());
  console.log(issuer);
});
