/*
 * Reads a GRUB 2 menu as written by the tools of EL 7: grub2-mkconfig, new-kernel-pkg (a title with "with debugging"), and those of
 * Oracle Linux and ELRepo. An entry is identified by the kernel that it loads, because titles differ between distributions.
 */

/** The path of grub.cfg on BIOS machines, or else on EFI machines, for the guest's shell. Both are links; the first dangles on EFI. */
export const GRUB_CONFIG = '"$(readlink -e /etc/grub2.cfg || readlink -e /etc/grub2-efi.cfg)"';

/** Prints the lines that `menuEntries` reads: entries, submenus, the kernels they load, and the begin and end of each block. */
export const PRINT_MENU = `grep -E '^[[:space:]]*(menuentry|submenu|linux|[}])|[{][[:space:]]*$' ${GRUB_CONFIG}`;

/** An entry of the menu. */
export interface MenuEntry {
  /** Titles from the outermost submenu to the entry, in the form of grub2-set-default: `Advanced options>CentOS Linux …`. */
  path: string;
  title: string;
  /** File name of the kernel it loads, without folders; null if none of its lines contains it. */
  image: string | null;
  /** Words of the kernel's command line. */
  arguments: string[];
}

interface Block {
  kind: 'menuentry' | 'submenu' | 'other';
  title: string;
}

/** The entries of a grub.cfg, or of the output of `PRINT_MENU`, in order. Entries without a fixed title are left out. */
export function menuEntries(config: string): MenuEntry[] {
  const entries: MenuEntry[] = [];
  const open: Block[] = [];
  let current: MenuEntry | null = null;
  for (const raw of config.split('\n')) {
    const line = raw.trim();
    const [keyword = '', ...rest] = line.split(/\s/, 2);
    if (keyword === 'menuentry' || keyword === 'submenu') {
      const title = firstWord(line.slice(keyword.length).trimStart());
      // Entries do not nest, so a new one ends the one before, even if the listing has no closing brace.
      if (open.at(-1)?.kind === 'menuentry') open.pop();
      if (keyword === 'menuentry') {
        current = { path: pathOf(open, title), title, image: null, arguments: [] };
        if (title !== '') entries.push(current);
      }
      open.push({ kind: keyword, title });
    } else if (/^linux(?:16|efi)?$/.test(keyword) && rest.length > 0 && open.at(-1)?.kind !== 'submenu') {
      const [image = '', ...words] = wordsOf(line.slice(keyword.length));
      if (current && open.length > 0 && current.image === null) {
        current.image = image === '' ? fileName(line) : image.slice(image.lastIndexOf('/') + 1);
        current.arguments = words;
      }
    } else if (line === '}') {
      if (open.pop()?.kind === 'menuentry') current = null;
    } else if (line.endsWith('{')) open.push({ kind: 'other', title: '' });
  }
  return entries;
}

/**
 * The entry that boots a kernel: the first that loads it and is not a rescue or debug entry.
 * @param image file name of the kernel, `vmlinuz-<release>`.
 */
export function entryOfImage(entries: readonly MenuEntry[], image: string): MenuEntry | null {
  const usual = entries.filter((each) => !isSpecial(each));
  const release = image.replace(/^vmlinuz-/, '');
  const ours = usual.find((each) => (each.image === null ? namesRelease(each.title, release) : each.image === image));
  // GRUB uses the first entry of a name, whatever it loads.
  return ours && entries.find(({ path }) => path === ours.path) === ours ? ours : null;
}

/** Words in titles and command lines of entries that do not start the system normally: a shell, or debug output. */
const SPECIAL_TITLE = /\b(?:debugging|recovery mode|rescue|emergency|single[- ]user)\b/i;
const SPECIAL_WORD =
  /^(?:single|S|s|1|emergency|rescue|systemd\.unit=(?:rescue|emergency)\.target|systemd\.log_level=debug|rd\.break.*|init=\/bin\/\w*sh)$/;

function isSpecial({ title, arguments: words }: MenuEntry): boolean {
  return SPECIAL_TITLE.test(title) || words.some((word) => SPECIAL_WORD.test(word));
}

/** Whether a title contains the release as a separate word; for listings without the kernels' lines. */
function namesRelease(title: string, release: string): boolean {
  return title.split(/[\s(),]+/).includes(release);
}

/** Joins titles to a path: `>` separates, and `>>` is a literal `>` (GRUB's manual, `default`). */
function pathOf(open: readonly Block[], title: string): string {
  const titles = [...open.filter(({ kind }) => kind === 'submenu').map((each) => each.title), title];
  return titles.map((each) => each.replaceAll('>', '>>')).join('>');
}

/** The file name of a path with a variable in its folder only, as in `linux ($root)/boot/vmlinuz-3.10.0`; otherwise ''. */
function fileName(line: string): string {
  const [, path = ''] = line.split(/\s+/, 2);
  return path.includes('/') ? firstWord(path.slice(path.lastIndexOf('/') + 1)) : '';
}

function firstWord(text: string): string {
  return wordsOf(text, 1)[0] ?? '';
}

/** Splits into words by GRUB's quoting rules: '…' is literal; in "…" and outside, `\` escapes. A word with a variable (`$`) becomes ''. */
function wordsOf(text: string, most = Infinity): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  let unknown = false;
  const finish = () => {
    if (word !== null) words.push(unknown ? '' : word);
    word = null;
    unknown = false;
  };
  for (let at = 0; at < text.length && words.length < most; at += 1) {
    const char = text[at]!;
    if (quote === '' && /\s/.test(char)) {
      finish();
      continue;
    }
    word ??= '';
    if (char === quote) quote = '';
    else if (quote === '' && (char === "'" || char === '"')) quote = char;
    else if (char === '\\' && quote !== "'" && at + 1 < text.length) {
      at += 1;
      word += text[at]!;
    } else {
      unknown ||= char === '$' && quote !== "'" && /[\w{?@*#]/.test(text[at + 1] ?? '');
      word += char;
    }
  }
  if (words.length < most && quote === '') finish();
  return words;
}
