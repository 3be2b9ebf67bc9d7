import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import { expect, it } from 'vitest';
import { cacheRoot } from '../../src/host/cache.js';
import { homeFolder } from '../../src/host/home.js';

it('the home folder is $HOME, if that is a path from the root', () => {
  expect(homeFolder({ HOME: '/home/x' })).toBe('/home/x');
});

it.each([{}, { HOME: '' }, { HOME: 'here' }, { HOME: '~' }])(
  '%j is as if not set: nothing is made where the program runs',
  (env) => {
    expect(homeFolder(env)).toBe(userInfo().homedir);
    expect(isAbsolute(cacheRoot(env))).toBe(true);
    expect(cacheRoot({ ...env, XDG_CACHE_HOME: 'cache' })).toBe(cacheRoot(env));
    expect(cacheRoot({ ...env, XDG_CACHE_HOME: '/c' })).toBe('/c/kernel-matrix');
  },
);
