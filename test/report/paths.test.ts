import { describe, expect, it } from 'vitest';
import { kernelFolders, transcriptPaths } from '../../src/report/paths.js';
import { JournalBuilder, kernelRow } from '../fixtures/build.js';

describe('the folder of a kernel', () => {
  it('is one for all that is recorded of it, and no other kernel’s, where names differ in case or in odd letters only', () => {
    const names = ['A', 'a', 'b/c', 'b:c', '6.1'];
    const facts = new JournalBuilder(names.map((name) => kernelRow(name, 'clean'))).facts();
    const folders = kernelFolders(names);
    expect(new Set([...folders.values()].map((each) => each.toLowerCase())).size).toBe(names.length);
    for (const [kernel, path] of transcriptPaths(facts)) expect(path).toBe(`${folders.get(kernel)}/transcript.txt`);
  });
});
