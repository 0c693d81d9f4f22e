// Sigstore's own verifier: node verify-bundle.mjs BUNDLE PUBLIC_KEY. Prints the payload of the envelope when the signature holds, and ends with 1 when it does not.
import { readFileSync } from 'node:fs';
import { createPublicKey } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, Verifier } from '@sigstore/verify';

const [bundleFile, keyFile] = process.argv.slice(2);
const bundle = bundleFromJSON(JSON.parse(readFileSync(bundleFile, 'utf8')));
const trust = {
  certificateAuthorities: [],
  timestampAuthorities: [],
  tlogs: [],
  ctlogs: [],
  publicKey: () => ({ publicKey: createPublicKey(readFileSync(keyFile)), validFor: () => true }),
};
try {
  new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }).verify(toSignedEntity(bundle));
} catch (error) {
  console.error(String(error));
  process.exit(1);
}
process.stdout.write(bundle.content.dsseEnvelope.payload);
