/** Lines that differ in their numbers only are told apart so many times: who counts up for ever gets no further. */
const MOST_COUNTED = 32;
/** Different lines remembered. */
const MOST_REMEMBERED = 4096;
/** Characters of a line by which it is known again. */
const LONGEST_KEY = 200;

/**
 * What on a console shows that a boot goes on: a line that was not there before. dracut's warning of each half second, systemd's
 * `A start job is running for … (12s / 1min 30s)` and a retry that counts up are no progress, however long they go on.
 */
export class Progress {
  private lines = new Map<string, number>();

  /** A boot is asked for: it may say all again. */
  restart(): void {
    this.lines.clear();
  }

  /** Whether a line, without its time stamp, is news. */
  isNews(text: string): boolean {
    const same = sameness(text.slice(0, LONGEST_KEY));
    const shape = same.replace(/\d+/g, '0');
    if (this.lines.has(same)) return false;
    const alike = (this.lines.get(`${shape}#`) ?? 0) + 1;
    if (alike > MOST_COUNTED) return false;
    if (this.lines.size > MOST_REMEMBERED) this.lines.clear();
    this.lines.set(`${shape}#`, alike);
    this.lines.set(same, 1);
    return true;
  }
}

/** A line without what changes as time passes: process numbers, durations, a bar or stars that move. */
function sameness(text: string): string {
  return text
    .replace(/\[\d+\]/g, '[]')
    .replace(/\b\d+(?:\.\d+)?(?:us|ms|s|min|h|d)\b/g, '')
    .replace(/[*.=# ]+/g, ' ');
}
