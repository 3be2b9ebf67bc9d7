import type { DebianGuestConfig, GuestConfig } from '../config/plan.js';
import { AptSuite, findMirrors, type DebianMirrors } from '../host/apt.js';
import { UserError } from '../host/user-error.js';
import { describeOffer, lackOf, type DebOffer } from './deb-offers.js';
import { chooseDeb, insteadOf, type DebKernel } from './deb-resolve.js';
import { bad, good, type Finding } from '../base/finding.js';

/** A row of a plan that comes from Debian, or the guest's own first kernel. */
interface Wanted {
  topic: string;
  source: DebKernel;
}

/**
 * Whether the Debian suites of a plan answer, and which kernel each row is by their current indexes. Only the indexes are downloaded. A
 * row without a kernel is a bad finding, although the other rows could run.
 */
export async function suites(guest: GuestConfig, rows: readonly (DebKernel & { name: string })[]): Promise<Finding[]> {
  if (guest.os !== 'debian') return [];
  const wanted: Wanted[] = [
    { topic: 'first kernel', source: guest.boot_kernel },
    ...rows.map((row) => ({ topic: `kernel ${row.name}`, source: row })),
  ];
  const names = new Set([guest.suite, ...wanted.map(({ source }) => source.suite)]);
  let mirrors: DebianMirrors;
  try {
    mirrors = await findMirrors(guest);
  } catch (error) {
    return [bad('Debian mirror', (error as Error).message)];
  }
  const found = await Promise.all(
    [...names].map(async (name) => {
      const opened = await openSuite(name, mirrors);
      const rows = wanted.filter(({ source }) => source.suite === name);
      return [
        suiteFinding(name, opened),
        // A dead suite is reported once.
        ...(opened instanceof AptSuite ? await Promise.all(rows.map((row) => rowFinding(row, opened))) : []),
      ];
    }),
  );
  return found.flat();
}

async function openSuite(name: string, mirrors: DebianMirrors): Promise<AptSuite | Error> {
  return AptSuite.open(name, mirrors).catch((error: unknown) => error as Error);
}

function suiteFinding(name: string, opened: AptSuite | Error): Finding {
  if (opened instanceof AptSuite)
    return good(name, opened.stale ? 'does not answer; an earlier index is used' : 'answers');
  const detail = opened instanceof UserError ? opened.parts.what : String(opened);
  return bad(name, detail, 'set archive_mirror: in kernels.yaml');
}

async function rowFinding({ topic, source }: Wanted, suite: AptSuite): Promise<Finding> {
  try {
    const choice = await chooseDeb(suite, source);
    const [offer] = choice.offers;
    const { image } = offer;
    const lines = [`${image.package} ${image.version}: ${describeOffer(offer)}`];
    if (choice.equals.length > 0)
      lines.push(`  chosen from several of that version; the others: ${choice.equals.join(', ')}`);
    if (source.sha256 !== undefined && source.sha256 !== image.sha256)
      return bad(
        topic,
        `${lines.join('\n')}\n  its sha256 is ${image.sha256}`,
        'correct sha256: or version: of the row',
      );
    return lackOf(offer) === null ? good(topic, lines.join('\n')) : bad(topic, lines.join('\n'), insteadOf(choice));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return bad(topic, error.parts.what, error.parts.next);
  }
}

/** The kernels that a suite offers, by its index, the newest first. */
interface SuiteKernels {
  suite: string;
  /** Why an older index is used; null if the index is current. */
  stale: string | null;
  offers: DebOffer[];
}

/**
 * Every kernel in a suite's current index, with its available packages.
 * @param guest names the mirrors; default: those of the host's apt.
 * @throws UserError if the suite cannot be fetched.
 */
export async function kernelsOfSuite(
  name: string,
  guest: Pick<DebianGuestConfig, 'mirror' | 'security_mirror' | 'archive_mirror'>,
): Promise<SuiteKernels> {
  const suite = await AptSuite.open(name, await findMirrors(guest));
  const { offers } = await chooseDeb(suite, { package: 'linux-image-*' });
  return { suite: name, stale: suite.stale, offers };
}
