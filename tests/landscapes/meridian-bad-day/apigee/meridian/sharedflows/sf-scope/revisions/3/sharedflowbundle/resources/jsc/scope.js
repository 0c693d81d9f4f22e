// Says in scope.ok whether the verified token holds the scope scope.need, exactly.
// Pure: it reads these two variables and sets the third.
var need = context.getVariable('scope.need');
var scopes = JSON.parse(context.getVariable('jwt.VJ-Okta.decoded.claim.scp') || '[]');

context.setVariable('scope.ok', scopes.indexOf(need) >= 0 ? 'true' : 'false');
