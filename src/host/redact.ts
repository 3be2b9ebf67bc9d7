/** Replacement for a secret. */
const HIDDEN = '***';

/** From `://` to the last @ before the end of the host. Every pattern begins with a fixed text, so long output takes linear time. */
const USERINFO = /:\/\/[^\s/?#"'<>\\]*@/g;

/** Query parameters whose values are credentials, case-insensitive. */
const PARAMETERS = [
  ...['access_token', 'api_?key', 'apikey', 'auth', 'auth_token', 'authorization', 'client_secret', 'credential'],
  ...['jwt', 'key', 'pass', 'passwd', 'password', 'private_token', 'pwd', 'sas', 'secret', 'sig', 'signature', 'token'],
  ...['x-amz-[a-z-]+', 'x-goog-[a-z-]+', 'awsaccesskeyid', 'googleaccessid', 'policy', 'key-pair-id'],
];
const QUERY = new RegExp(`([?&](?:${PARAMETERS.join('|')})=)[^&#\\s"'<>\\\\]+`, 'gi');

/** A header that programs print in verbose mode. */
const HEADER = /\b(authorization: *(?:basic|bearer)) +[^\s"'<>\\]+/gi;

/**
 * Removes credentials from a text: user and password of URLs, tokens in their queries, and authorization headers. Everything that is
 * stored or shown passes through here: journals, errors, the lock file, the terminal.
 */
export function redact(text: string): string {
  if (!/:\/\/|[?&]|authorization/i.test(text)) return text;
  return text.replace(USERINFO, `://${HIDDEN}@`).replace(QUERY, `$1${HIDDEN}`).replace(HEADER, `$1 ${HIDDEN}`);
}

/** A copy of plain data with every string redacted. */
export function redactAll<T>(data: T): T {
  if (typeof data === 'string') return redact(data) as T;
  if (Array.isArray(data)) return data.map(redactAll) as T;
  if (data === null || typeof data !== 'object') return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, redactAll<unknown>(value)])) as T;
}

/** Makes a stream of this process redact its output, as the last line of defence. */
export function redactStream(stream: Pick<NodeJS.WriteStream, 'write'>): void {
  const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean;
  stream.write = (chunk: unknown, ...rest: unknown[]) =>
    write(typeof chunk === 'string' ? redact(chunk) : chunk, ...rest);
}
