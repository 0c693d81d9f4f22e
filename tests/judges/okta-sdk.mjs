// Reads a simulated org with Okta's own client and prints what it sees, for a comparison with the recording that the simulator serves.
import okta from '@okta/okta-sdk-nodejs';

const [, , orgUrl, token] = process.argv;
const client = new okta.Client({ orgUrl, token, userAgent: 'judge' });
const ids = async (listing, key = 'id') => {
  const found = [];
  await (await listing).each((item) => {
    found.push(item[key]);
  });
  return found;
};

const api = client.authorizationServerApi;
const seen = { servers: await ids(api.listAuthorizationServers({ limit: 2 })), byServer: {} };
for (const authServerId of seen.servers) {
  const policies = await ids(api.listAuthorizationServerPolicies({ authServerId }));
  const rules = {};
  for (const policyId of policies) {
    rules[policyId] = await ids(api.listAuthorizationServerPolicyRules({ authServerId, policyId }));
  }
  seen.byServer[authServerId] = {
    scopes: await ids(api.listOAuth2Scopes({ authServerId, limit: 2 }), 'name'),
    claims: await ids(api.listOAuth2Claims({ authServerId })),
    keys: await ids(api.listAuthorizationServerKeys({ authServerId }), 'kid'),
    policies,
    rules,
  };
}
seen.apps = await ids(client.applicationApi.listApplications({ limit: 2 }));
seen.groups = await ids(client.groupApi.listGroups({ limit: 2 }));
console.log(JSON.stringify(seen));
