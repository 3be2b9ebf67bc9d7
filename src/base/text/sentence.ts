/** With a capital, unless it begins with a name such as drop_caches, and a full stop. */
export function sentence(text: string): string {
  const begun = text.replace(/^[a-z](?=[a-z]*[ ,:;])/, (letter) => letter.toUpperCase());
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
