/** Whom an HTTPS upstream may be certified by: Node's own roots, the system's, and those of the settings. */
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { TraceError } from '../../protocol/errors.js';

/** Where the systems without `tls.getCACertificates` (before Node 22.15) keep theirs. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * Made once: reading some hundred certificates takes 20 ms, too long to do it for every connection.
 * @param extraPath PEM file of the settings.
 * @throws TraceError `invalid` when that file cannot be read or holds no certificates.
 */
export function trustedContext(extraPath: string | null): tls.SecureContext {
  const known = [
    ...tls.rootCertificates,
    ...systemCertificates(),
    ...fileIfReadable(process.env['NODE_EXTRA_CA_CERTS']),
  ];
  const trusted = contextOf(known) ?? tls.createSecureContext();
  if (extraPath === null) return trusted;
  const extra = readExtra(extraPath);
  return contextOf([...known, extra]) ?? tls.createSecureContext({ ca: extra });
}

/** Null when one of the system's files is broken: the capture works without them. */
function contextOf(ca: readonly string[]): tls.SecureContext | null {
  try {
    return tls.createSecureContext({ ca: [...ca] });
  } catch {
    return null;
  }
}

function systemCertificates(): readonly string[] {
  // Not in the types of the oldest Node that is supported.
  const { getCACertificates } = tls as { getCACertificates?: (kind: string) => string[] };
  if (getCACertificates) return getCACertificates('system');
  for (const path of [process.env['SSL_CERT_FILE'], ...bundles]) {
    const found = fileIfReadable(path);
    if (found.length > 0) return found;
  }
  return [];
}

function fileIfReadable(path: string | undefined): readonly string[] {
  try {
    return path ? [readFileSync(path, 'utf8')] : [];
  } catch {
    return [];
  }
}

function readExtra(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    tls.createSecureContext({ ca: text });
    if (text.includes('-----BEGIN')) return text;
  } catch (thrown) {
    throw unreadable(path, String(thrown));
  }
  throw unreadable(path, 'no "-----BEGIN" in it');
}

const unreadable = (path: string, detail: string): TraceError =>
  new TraceError(
    'invalid',
    `The extra certificates in ${path} cannot be read. Name a PEM file that holds certificates, or clear the setting.`,
    detail,
  );
