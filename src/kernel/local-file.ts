/** A verified file on this host. */
export interface LocalFile {
  name: string;
  path: string;
  sha256: string;
  /** Where it was taken from: a URL or a path. */
  place: string;
}
